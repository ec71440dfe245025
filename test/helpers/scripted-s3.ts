import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type S3Operation =
  | "PutObject"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "ListMultipartUploads"
  | "GetObject"
  | "HeadObject"
  | "DeleteObject"
  | "ListObjects"
  | "ListObjectVersions"
  | "GetBucketVersioning"
  | "GetObjectLockConfiguration";

/** What a request meets instead of being passed on. The first rule of a script that applies counts. */
export type Act =
  /** An S3 error answer; `fields` become elements beside Code and Message. An early one does not wait for the body. */
  | {
      readonly error: string;
      readonly status: number;
      readonly early?: boolean;
      readonly message?: string;
      readonly fields?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Any answer. */
  | {
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is reset once so many bytes of the request's body have come; nothing is passed on. */
  | { readonly resetAfterRequestBytes: number }
  /** The service does its work, but the connection is reset instead of its answer. */
  | "lose-answer"
  /** The connection is reset after so many bytes of the answer's body. */
  | { readonly resetAfterBytes: number }
  /** The answer stops after so many bytes of its body, and the connection stays. */
  | { readonly stallAfterBytes: number };

export interface Rule {
  readonly on: S3Operation | readonly S3Operation[];
  /** The first matching request, from 1; requests that met another rule count. @default 1 */
  readonly nth?: number;
  /** @default 1 */
  readonly times?: number;
  readonly act: Act;
}

export interface ScriptedS3 extends AsyncDisposable {
  readonly endpoint: string;
  /** Operations in the order in which they came. */
  readonly seen: readonly SeenRequest[];
}

export interface SeenRequest {
  readonly operation: S3Operation;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Starts a server that answers S3 requests by script, and passes all others on to a real server; without one they are answered
 * with 501. Signatures stay valid, because the host that the client signed is passed on.
 */
export async function startScriptedS3(
  script: readonly Rule[],
  target?: string,
): Promise<ScriptedS3> {
  const seen: SeenRequest[] = [];
  const counts = new Map<Rule, number>();
  const server = createServer((incoming, outgoing) => {
    const operation = operationOf(incoming);
    seen.push({ operation, path: incoming.url ?? "", headers: incoming.headers });
    const [rule] = script.filter((each) => applies(each, operation, counts));
    const { socket } = incoming;
    handle(incoming, outgoing, rule?.act, target).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function applies(rule: Rule, operation: S3Operation, counts: Map<Rule, number>): boolean {
  if (![rule.on].flat().includes(operation)) return false;
  const count = (counts.get(rule) ?? 0) + 1;
  counts.set(rule, count);
  const first = rule.nth ?? 1;
  return count >= first && count < first + (rule.times ?? 1);
}

function operationOf({ method, url = "" }: IncomingMessage): S3Operation {
  const { pathname, searchParams } = new URL(url, "http://host");
  const isObject = pathname.split("/").filter(Boolean).length > 1;
  const has = (name: string): boolean => searchParams.has(name);
  if (method === "PUT") return has("partNumber") ? "UploadPart" : "PutObject";
  if (method === "POST")
    return has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  if (method === "DELETE") return has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
  if (method === "HEAD") return "HeadObject";
  if (has("uploads")) return "ListMultipartUploads";
  if (has("versions")) return "ListObjectVersions";
  if (has("versioning")) return "GetBucketVersioning";
  if (has("object-lock")) return "GetObjectLockConfiguration";
  return isObject ? "GetObject" : "ListObjects";
}

async function handle(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  act: Act | undefined,
  target: string | undefined,
): Promise<void> {
  // Gone from the message once that has ended.
  const { socket } = incoming;
  if (typeof act === "object" && "resetAfterRequestBytes" in act) {
    let bytes = 0;
    for await (const chunk of incoming) {
      bytes += chunk.length;
      if (bytes >= act.resetAfterRequestBytes) socket.resetAndDestroy();
    }
    return;
  }
  if (typeof act === "object" && "early" in act && act.early) {
    answer(outgoing, { ...act, headers: { connection: "close" } });
    return;
  }
  const body = await readBody(incoming);
  if (typeof act === "object" && "status" in act) return answer(outgoing, act);
  if (target === undefined) {
    return answer(outgoing, { error: "NotImplemented", status: 501 });
  }
  const response = await passOn(incoming, body, target);
  if (act === "lose-answer") {
    await readBody(response);
    socket.resetAndDestroy();
    return;
  }
  outgoing.writeHead(response.statusCode ?? 500, response.headers);
  await copy(response, outgoing, act);
}

async function copy(
  response: IncomingMessage,
  outgoing: ServerResponse,
  act: Exclude<Act, "lose-answer"> | undefined,
): Promise<void> {
  const stops = act !== undefined && ("resetAfterBytes" in act || "stallAfterBytes" in act);
  let left = Number.POSITIVE_INFINITY;
  if (stops) left = "resetAfterBytes" in act ? act.resetAfterBytes : act.stallAfterBytes;
  for await (const chunk of response) {
    if (chunk.length < left) {
      outgoing.write(chunk);
      left -= chunk.length;
      continue;
    }
    await new Promise<void>((resolve) => {
      outgoing.write(chunk.subarray(0, left), () => resolve());
    });
    response.destroy();
    if (stops && "resetAfterBytes" in act) outgoing.socket?.destroy();
    return;
  }
  outgoing.end();
}

function answer(outgoing: ServerResponse, act: Extract<Act, { status: number }>): void {
  if ("body" in act) {
    outgoing.writeHead(act.status, { "content-type": "application/xml", ...act.headers });
    outgoing.end(act.body);
    return;
  }
  const elements = { Code: act.error, Message: act.message ?? "by script", ...act.fields };
  const xml = Object.entries(elements).map(([name, text]) => `<${name}>${text}</${name}>`);
  outgoing.writeHead(act.status, { "content-type": "application/xml", ...act.headers });
  outgoing.end(`<?xml version="1.0" encoding="UTF-8"?><Error>${xml.join("")}</Error>`);
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function passOn(incoming: IncomingMessage, body: Buffer, target: string): Promise<IncomingMessage> {
  const { hostname, port } = new URL(target);
  return new Promise((resolve, reject) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers, agent: false }, resolve);
    onward.on("error", reject);
    onward.end(body);
  });
}
