import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bareEnvironment, cacheDir, NODE } from "../parts/environment.ts";
import { openclaw } from "../parts/openclaw.ts";
import { pathOf } from "../parts/part.ts";
import { type Finished, run } from "../parts/run.ts";

export type { Finished } from "../parts/run.ts";

export interface OpenClawOptions {
  /** The `HOME` that OpenClaw sees; its state directory is `.openclaw` in there. */
  readonly home: string;
  /** @default the home */
  readonly cwd?: string | undefined;
  readonly env?: Record<string, string> | undefined;
  /** @default 120_000 */
  readonly timeoutMs?: number | undefined;
}

/** Runs the real `openclaw` with a home of its own. A command costs 1 to 5 seconds. */
export function runOpenClaw(args: readonly string[], options: OpenClawOptions): Promise<Finished> {
  const { home, cwd = home, timeoutMs } = options;
  const env = openClawEnvironment(home, options.env);
  return run(NODE, [pathOf(openclaw), ...args], { cwd, env, timeoutMs });
}

/** Runs it with `--json` and parses the answer. @throws Error with its output when it fails or answers otherwise. */
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

/**
 * The environment in which OpenClaw is run: nothing of the caller's own settings reaches it, nothing asks the
 * network, and its locks and temporary files stay in the home.
 */
export function openClawEnvironment(
  home: string,
  more: Record<string, string> = {},
): Record<string, string> {
  const temporary = join(home, ".tmp");
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  return bareEnvironment({
    HOME: home,
    TMPDIR: temporary,
    // Shared by all homes, or each would begin by compiling the whole program.
    NODE_COMPILE_CACHE: join(cacheDir(), "compile-cache"),
    NO_COLOR: "1",
    OPENCLAW_NO_AUTO_UPDATE: "1",
    ...more,
  });
}
