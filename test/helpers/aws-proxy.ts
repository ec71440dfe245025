import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

/** What a request met: refused before it was done, done but its answer lost, or refused for now. */
export type AwsFault = "denied" | "answer-lost" | "throttled";

export interface AwsProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** Operations that change something, in the order in which they came. */
  readonly changes: readonly string[];
  /** The n-th change from now on, from 1, meets the fault once. */
  failChange(nth: number, fault: AwsFault): void;
  /** Every such operation is denied from now on. */
  deny(operation: string): void;
  /** Accounts that requests to buckets were meant for. */
  readonly expectedOwners: ReadonlySet<string>;
  forget(): void;
}

/** Stands before an AWS emulator, names the operations that pass, and lets one fail. */
export async function startAwsProxy(target: string): Promise<AwsProxy> {
  const changes: string[] = [];
  const denied = new Set<string>();
  const expectedOwners = new Set<string>();
  let planned: { nth: number; fault: AwsFault } | undefined;
  const server = createServer(async (incoming, outgoing) => {
    const { socket } = incoming;
    const body = await readBody(incoming);
    const operation = operationOf(incoming, body);
    const owner = incoming.headers["x-amz-expected-bucket-owner"];
    if (typeof owner === "string") expectedOwners.add(owner);
    const scripted = isChange(operation) ? next(operation) : undefined;
    const fault = denied.has(operation) ? "denied" : scripted;
    if (fault === "denied" || fault === "throttled") {
      outgoing.writeHead(fault === "denied" ? 403 : 503, { "content-type": "application/xml" });
      outgoing.end(refusal(fault === "denied" ? "AccessDenied" : "SlowDown", incoming, body));
      return;
    }
    const { hostname, port } = new URL(target);
    const { method, url: path, headers } = incoming;
    const onward = request(
      { hostname, port, method, path, headers, agent: false },
      async (answer) => {
        const content = await readBody(answer);
        if (fault === "answer-lost") return void socket.resetAndDestroy();
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        outgoing.end(content);
      },
    );
    onward.on("error", () => socket.destroy());
    onward.end(body);
  });
  const next = (operation: string): AwsFault | undefined => {
    changes.push(operation);
    if (planned === undefined || --planned.nth > 0) return undefined;
    const { fault } = planned;
    planned = undefined;
    return fault;
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    changes,
    failChange: (nth, fault) => {
      planned = { nth, fault };
    },
    deny: (operation) => {
      denied.add(operation);
    },
    expectedOwners,
    forget: () => {
      changes.length = 0;
      denied.clear();
      planned = undefined;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An error in the protocol of the service that was asked. */
function refusal(code: string, { headers }: IncomingMessage, body: Buffer): string {
  if (headers["x-amz-target"] !== undefined)
    return JSON.stringify({ __type: `${code}Exception`, message: "by script" });
  const xml = `<Error><Code>${code}</Code><Message>by script</Message></Error>`;
  return body.includes("Action=") ? `<ErrorResponse>${xml}</ErrorResponse>` : xml;
}

function operationOf(incoming: IncomingMessage, body: Buffer): string {
  const target = incoming.headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1) ?? "";
  const action = /(?:^|&)Action=(\w+)/.exec(body.toString("latin1"))?.[1];
  if (action !== undefined) return action;
  const { searchParams } = new URL(incoming.url ?? "", "http://host");
  const [setting = "bucket"] = [...searchParams.keys()].filter((key) => key !== "x-id");
  return `${incoming.method} ${setting}`;
}

function isChange(operation: string): boolean {
  return /^(PUT|POST|DELETE) |^(Create|Put|Enable|Attach|Add|Update|Delete|Detach|Remove)/.test(
    operation,
  );
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
