import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NODE } from "../parts/environment.ts";
import { openClawEnvironment } from "./openclaw.ts";
import { partPath } from "./parts.ts";
import { answers, startServer } from "./servers.ts";

/** A running Gateway. */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly pid: number;
  output(): string;
  /** Kills it at once, as a power cut would; its lock files stay. */
  kill(): Promise<void>;
}

export interface GatewayOptions {
  /** @default a free one, given on the command line: the config keeps its own */
  readonly port?: number | undefined;
  readonly env?: Record<string, string> | undefined;
}

/** Starts the real Gateway in the foreground over the state in a home, and waits for its health. Takes 10 to 15 s. */
export async function startGateway(home: string, options: GatewayOptions = {}): Promise<Gateway> {
  const openclaw = partPath("openclaw");
  const server = await startServer({
    name: "openclaw gateway",
    port: options.port,
    cwd: home,
    env: openClawEnvironment(home, options.env),
    command: (port) => [NODE, openclaw, "gateway", "run", "--port", String(port)],
    isReady: (port) => answers(`http://127.0.0.1:${port}/healthz`),
    startTimeoutMs: 90_000,
    stopTimeoutMs: 15_000,
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    pid: server.pid,
    token: await gatewayToken(home),
    output: server.output,
    kill: server.kill,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function gatewayToken(home: string): Promise<string> {
  const text = await readFile(join(home, ".openclaw", "openclaw.json"), "utf8");
  return JSON.parse(text).gateway.auth.token;
}
