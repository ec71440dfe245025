import { bareEnvironment, NODE } from "../parts/environment.ts";
import { type Finished, run } from "../parts/run.ts";
import { partPath } from "./parts.ts";

export type { Finished } from "../parts/run.ts";

export interface OpenClawOptions {
  /** The `HOME` that OpenClaw sees; its state directory is `.openclaw` in there. */
  readonly home: string;
  readonly cwd?: string | undefined;
  readonly env?: Record<string, string> | undefined;
  /** @default 120_000 */
  readonly timeoutMs?: number | undefined;
}

/** Runs the real `openclaw` with a home of its own. A command costs 1 to 5 seconds. */
export function runOpenClaw(args: readonly string[], options: OpenClawOptions): Promise<Finished> {
  const { home, cwd = home, env, timeoutMs } = options;
  return run(NODE, [partPath("openclaw"), ...args], {
    cwd,
    env: openClawEnvironment(home, env),
    timeoutMs,
  });
}

/** Runs it and parses its JSON answer. @throws Error with its output when it fails or answers otherwise. */
export async function runOpenClawJson<T = Record<string, unknown>>(
  args: readonly string[],
  options: OpenClawOptions,
): Promise<T> {
  const { code, stdout, stderr } = await runOpenClaw([...args, "--json"], options);
  if (code !== 0) {
    throw new Error(`openclaw ${args.join(" ")}: exit ${code}\n${stdout}\n${stderr}`);
  }
  return JSON.parse(stdout) as T;
}

/** Nothing of the caller's OpenClaw settings reaches the one under test, and nothing asks the network. */
export function openClawEnvironment(
  home: string,
  more: Record<string, string> = {},
): Record<string, string> {
  return bareEnvironment({
    HOME: home,
    OPENCLAW_NO_AUTO_UPDATE: "1",
    NO_COLOR: "1",
    ...more,
  });
}
