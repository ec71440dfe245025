import { execFile } from "node:child_process";
import { BackupError, MINUTE_MS, quote, systemCode } from "../base/index.ts";

const TIMEOUT_MS: number = 2 * MINUTE_MS;

export interface ProgramOptions {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Written to its standard input. */
  readonly input?: string | undefined;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts a program, without a shell, and waits for its end.
 * @throws BackupError `not-supported` when there is no such program
 */
export function startProgram(argv: readonly string[], options: ProgramOptions): Promise<Finished> {
  const [program = "", ...args] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const env = { ...options.variables };
  const child = execFile(program, args, { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
    if (error === null) return resolve({ code: 0, stdout, stderr });
    if (systemCode(error) === "ENOENT") return reject(isMissing(program, error));
    const code = typeof error.code === "number" ? error.code : 1;
    resolve({ code, stdout, stderr: stderr || error.message });
  });
  // A program that ends before it has read everything says so by its exit code.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  return promise;
}

/** @throws BackupError `not-supported` when it does not end with 0 */
export async function startOrThrow(
  argv: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const { code, stdout, stderr } = await startProgram(argv, options);
  if (code === 0) return stdout;
  const said = stderr.trim().split("\n")[0] ?? "";
  const line = argv.slice(0, 4).join(" ");
  throw new BackupError("not-supported", `${line} ended with ${code}: ${said}`, {
    details: { program: argv[0], code },
    hint: "see that it works by hand, or take another --kind: systemd, cron, launchd or openclaw",
  });
}

function isMissing(program: string, cause: unknown): BackupError {
  return new BackupError("not-supported", `program ${quote(program)} was not found`, {
    details: { program },
    hint: "install it, or take another --kind: systemd, cron, launchd or openclaw",
    cause,
  });
}
