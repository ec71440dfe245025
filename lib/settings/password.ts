import { isUtf8 } from "node:buffer";
import { execFile } from "node:child_process";
import {
  assertNotCancelled,
  BackupError,
  formatDuration,
  isBackupError,
  MINUTE_MS,
  quote,
  Secret,
  systemCode,
} from "../base/index.ts";
import { readFileIfExists, realPath, statPath } from "../filesystem/index.ts";
import { splitShellWords } from "./shell-words.ts";

const MAX_PASSWORD_BYTES = 64 * 1024;

/** Where a password may come from. A flag stands before the environment; two of a kind are refused. */
export interface PasswordSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--password-file`. */
  readonly passwordFile?: string | undefined;
  /** `--password`; other users of the machine can see it. */
  readonly password?: string | undefined;
  /** How long `CLAWBACK_PASSWORD_COMMAND` may take. @default one minute */
  readonly commandTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ResolvedPassword {
  /** Undefined when no source was given. */
  readonly password: Secret | undefined;
  readonly warnings: readonly string[];
}

/**
 * Gets the password: `--password-file`, `--password`, or `CLAWBACK_PASSWORD`, `CLAWBACK_PASSWORD_FILE`, `CLAWBACK_PASSWORD_COMMAND`.
 * Of a file and of what a command prints, the first line counts, without its line end (as gpg reads a passphrase file).
 *
 * @throws BackupError `invalid-argument` for an empty or unreadable password, for two sources at once, for a command that fails
 */
export async function resolvePassword(sources: PasswordSources): Promise<ResolvedPassword> {
  const { environment } = sources;
  const flag = onlyOne({
    "--password-file": sources.passwordFile,
    "--password": sources.password,
  });
  if (flag === "--password-file") return fromFile(sources.passwordFile ?? "", flag);
  if (flag === "--password") return fromFlag(sources.password ?? "");
  const variable = onlyOne({
    CLAWBACK_PASSWORD: environment.CLAWBACK_PASSWORD,
    CLAWBACK_PASSWORD_FILE: environment.CLAWBACK_PASSWORD_FILE,
    CLAWBACK_PASSWORD_COMMAND: environment.CLAWBACK_PASSWORD_COMMAND,
  });
  const value = variable === undefined ? "" : (environment[variable] ?? "");
  if (variable === undefined) return { password: undefined, warnings: [] };
  if (variable === "CLAWBACK_PASSWORD") return fromText(value, variable);
  if (variable === "CLAWBACK_PASSWORD_FILE") return fromFile(value, variable);
  return fromText(firstLine(await runCommand(value, sources), variable), variable);
}

function onlyOne(sources: Readonly<Record<string, string | undefined>>): string | undefined {
  const given = Object.keys(sources).filter((name) => sources[name] !== undefined);
  if (given.length <= 1) return given[0];
  throw new BackupError("invalid-argument", `${given.join(" and ")} are set at the same time`, {
    hint: "set one of them",
  });
}

function fromFlag(value: string): ResolvedPassword {
  const warning =
    "a password given with --password can be seen by other users of this machine; use --password-file or CLAWBACK_PASSWORD";
  return { ...fromText(value, "--password"), warnings: [warning] };
}

function fromFile(path: string, source: string): ResolvedPassword {
  const resolved = fromText(firstLine(readPasswordFile(path, source), source), source);
  const mode = statPath(realPath(path) ?? path)?.mode ?? 0;
  if ((mode & 0o077) === 0) return resolved;
  const warning = `password file ${quote(path)} can be read by other users (mode ${mode.toString(8)}); chmod 600 it`;
  return { ...resolved, warnings: [warning] };
}

function fromText(value: string, source: string): ResolvedPassword {
  const password = value.replace(/\r?\n$/, "");
  if (password !== "") return { password: new Secret(password), warnings: [] };
  throw new BackupError("invalid-argument", `the password from ${source} is empty`);
}

function readPasswordFile(path: string, source: string): Uint8Array {
  if (path === "") throw isUnreadable(path, `the path of ${source} is empty`);
  try {
    const bytes = readFileIfExists(path, MAX_PASSWORD_BYTES);
    if (bytes !== undefined) return bytes;
  } catch (error) {
    if (!isBackupError(error, "source-unreadable", "limit-exceeded")) throw error;
    throw isUnreadable(path, `${source}: ${error.message}`, error);
  }
  throw isUnreadable(path, `${source}: ${quote(path)} does not exist`);
}

function isUnreadable(path: string, message: string, cause?: unknown): BackupError {
  return new BackupError("invalid-argument", message, {
    details: { path },
    hint: "give the path of a readable file with the password",
    cause,
  });
}

function firstLine(bytes: Uint8Array, source: string): string {
  if (!isUtf8(bytes)) {
    throw new BackupError("invalid-argument", `the password from ${source} is not UTF-8 text`);
  }
  const text = new TextDecoder().decode(bytes);
  return text.split("\n", 1)[0]?.replace(/\r$/, "") ?? "";
}

/** Runs the password command without a shell; nothing of what it prints is shown. */
function runCommand(line: string, sources: PasswordSources): Promise<Uint8Array> {
  const [program = "", ...args] = splitShellWords(line, "CLAWBACK_PASSWORD_COMMAND");
  assertNotCancelled(sources.signal);
  const timeoutMs = sources.commandTimeoutMs ?? MINUTE_MS;
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const child = execFile(
    program,
    args,
    {
      encoding: "buffer",
      env: { ...sources.environment },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: MAX_PASSWORD_BYTES,
      ...(sources.signal === undefined ? {} : { signal: sources.signal }),
    },
    (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (sources.signal?.aborted) reject(error);
      else reject(commandFailed(program, describeFailure(error, timeoutMs)));
    },
  );
  child.stdin?.end();
  return promise;
}

/** Without the error below: its text holds the whole command line and what the program printed. */
function commandFailed(program: string, why: string): BackupError {
  return new BackupError("invalid-argument", `password command ${quote(program)} ${why}`, {
    details: { program },
    hint: "run the command of CLAWBACK_PASSWORD_COMMAND by hand; it has to print the password and end with 0",
  });
}

function describeFailure(error: Error & { killed?: boolean; signal?: unknown }, timeoutMs: number) {
  const code = systemCode(error);
  if (code === "ENOENT") return "was not found";
  if (code === "EACCES") return "may not be run";
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") {
    return `printed more than ${MAX_PASSWORD_BYTES} bytes`;
  }
  if (error.killed) return `did not end within ${formatDuration(timeoutMs)}`;
  if (typeof error.signal === "string") return `was ended by ${error.signal}`;
  return `ended with ${(error as { code?: unknown }).code}`;
}
