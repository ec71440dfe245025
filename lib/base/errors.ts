import { inspect } from "node:util";
import { ERROR_CODES, type ErrorCategory, type ErrorCode } from "./error-codes.ts";

export interface BackupErrorOptions {
  /** Facts for programs: expected and found, id, object key, path. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** What the reader can do next; one sentence. */
  readonly hint?: string | undefined;
  /** The failure below this one, kept whole. */
  readonly cause?: unknown;
}

/**
 * The one error class. Callers branch on `code`, never on the text.
 *
 * The message is lower case without a full stop, names its subject first, then what was expected and found.
 * Context is added by wrapping with `cause`, not by replacing.
 */
export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: BackupErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint;
  }

  get category(): ErrorCategory {
    return ERROR_CODES[this.code].category;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exitCode;
  }

  get isRetryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** Whether `error` is a {@link BackupError} (of one of `codes`, when some are given). */
export function isBackupError(
  error: unknown,
  ...codes: readonly ErrorCode[]
): error is BackupError {
  return error instanceof BackupError && (codes.length === 0 || codes.includes(error.code));
}

/**
 * Turns whatever was thrown into a {@link BackupError}: one passes unchanged, an abort becomes `cancelled`,
 * everything else is `internal` with the original as cause.
 */
export function toBackupError(error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  if (error instanceof Error && error.name === "AbortError") {
    if (error.cause instanceof BackupError) return error.cause;
    return new BackupError("cancelled", "interrupted", { cause: error });
  }
  const message = error instanceof Error ? error.message : describeThrown(error);
  return new BackupError("internal", message, { cause: error });
}

/** Whatever it is: even `String` throws for an object without a prototype. */
function describeThrown(value: unknown): string {
  return typeof value === "string" ? value : inspect(value, { depth: 1, breakLength: Infinity });
}

/** Throws `cancelled` when `signal` has been aborted; long loops call it between steps. */
export function assertNotCancelled(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  if (signal.reason instanceof BackupError) throw signal.reason;
  throw new BackupError("cancelled", "interrupted", { cause: signal.reason });
}

/** The Node error code of `error` (`ENOENT`, `EACCES`, …), if it has one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
