import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface HttpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** What it answers from now on. @default 200 */
  answer: number;
}

/** A web server that keeps what it is sent. */
export async function httpReceiver(): Promise<HttpReceiver> {
  const requests: ReceivedRequest[] = [];
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url: path = "", headers } = request;
      requests.push({ path, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(receiver.answer, { location: "http://127.0.0.1:1/elsewhere" }).end("ok");
    });
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const receiver: HttpReceiver = {
    ...{ url, requests, answer: 200 },
    [Symbol.asyncDispose]: () => close(server),
  };
  return receiver;
}

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly data: string;
  /** User and password, as `AUTH PLAIN` gave them. */
  readonly auth?: string | undefined;
}

export interface MailReceiver extends AsyncDisposable {
  readonly port: number;
  readonly mails: ReceivedMail[];
}

/** A mail server that takes everything, without TLS. */
export async function mailReceiver(): Promise<MailReceiver> {
  const mails: ReceivedMail[] = [];
  const server = createTcpServer((socket) => {
    const take = mailSession((mail) => mails.push(mail));
    let pending = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const lines = `${pending}${chunk.toString()}`.split("\r\n");
      pending = lines.pop() ?? "";
      for (const line of lines) {
        const answer = take(line);
        if (answer !== undefined) socket.write(`${answer}\r\n`);
      }
    });
    socket.write("220 receiver ESMTP\r\n");
  });
  const port = await listen(server);
  return { port, mails, [Symbol.asyncDispose]: () => close(server) };
}

/** What a mail server answers to each line of one connection; nothing while a mail is on its way. */
function mailSession(onMail: (mail: ReceivedMail) => void): (line: string) => string | undefined {
  let mail = { from: "", to: [] as string[], data: "", auth: undefined as string | undefined };
  let isData = false;
  const address = (line: string): string => /<(.*?)>/.exec(line)?.[1] ?? "";
  const answers: Readonly<Record<string, (line: string) => string>> = {
    EHLO: () => "250-receiver\r\n250 AUTH PLAIN",
    AUTH: (line) => {
      mail.auth = Buffer.from(line.split(" ")[2] ?? "", "base64").toString();
      return "235 welcome";
    },
    MAIL: (line) => {
      mail = { from: address(line), to: [], data: "", auth: mail.auth };
      return "250 ok";
    },
    RCPT: (line) => {
      mail.to.push(address(line));
      return "250 ok";
    },
    DATA: () => {
      isData = true;
      return "354 go on";
    },
    QUIT: () => "221 bye",
  };
  return (line) => {
    if (!isData) {
      const [verb = ""] = line.toUpperCase().split(/[ :]/);
      return answers[verb]?.(line) ?? "502 not known here";
    }
    isData = line !== ".";
    if (isData) mail.data += `${line.replace(/^\.\./, ".")}\n`;
    else onMail(mail);
    return isData ? undefined : "250 taken";
  };
}

async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  if ("closeAllConnections" in server) (server.closeAllConnections as () => void)();
  await promise;
}
