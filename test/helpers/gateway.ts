import { readFile } from "node:fs/promises";
import { join } from "node:path";
import JSON5 from "json5";
import { NODE } from "../parts/environment.ts";
import { openclaw } from "../parts/openclaw.ts";
import { pathOf } from "../parts/part.ts";
import { type Finished, openClawEnvironment, runOpenClaw } from "./openclaw.ts";
import { answers, startServer } from "./servers.ts";

/** A running Gateway. */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** Runs an `openclaw` command that talks to this Gateway. */
  run(...args: string[]): Promise<Finished>;
  /** Kills it at once, as a power cut would; its lock files stay. */
  kill(): Promise<void>;
}

export interface GatewayOptions {
  /** Another port than the config's, for this run only. */
  readonly port?: number | undefined;
  readonly env?: Record<string, string> | undefined;
}

/**
 * Starts the real Gateway in the foreground over the state in a home, and waits for its health. Takes about 11 s.
 *
 * Disposing of it sends SIGTERM, on which it ends in about 3 s, and SIGKILL when it does not.
 */
export async function startGateway(home: string, options: GatewayOptions = {}): Promise<Gateway> {
  const program = pathOf(openclaw);
  const { port, token } = await gatewaySettings(home);
  const env = { ...options.env };
  if (options.port !== undefined) {
    env.OPENCLAW_GATEWAY_PORT = String(options.port);
  }
  const server = await startServer({
    name: "openclaw gateway",
    port: options.port ?? port,
    cwd: home,
    env: openClawEnvironment(home, env),
    command: (chosen) => [NODE, program, "gateway", "run", "--port", String(chosen)],
    isReady: (chosen) => answers(`http://127.0.0.1:${chosen}/healthz`),
    startTimeoutMs: 120_000,
    stopTimeoutMs: 20_000,
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    pid: server.pid,
    token,
    output: server.output,
    run: (...args) => runOpenClaw(args, { home, env }),
    kill: server.kill,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function gatewaySettings(home: string): Promise<{ port: number; token: string }> {
  const text = await readFile(join(home, ".openclaw", "openclaw.json"), "utf8");
  const { gateway } = JSON5.parse(text);
  return { port: gateway.port, token: gateway.auth.token };
}
