import { BackupError, quote, systemCode } from "../base/index.ts";
import { type Path, statPath } from "../filesystem/index.ts";
import type { DatabaseProblem } from "./types.ts";

/** Primary result codes of SQLite that are told apart here. */
const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_PROTOCOL = 15;
const SQLITE_NOTADB = 26;

/** The primary result code behind an error of `node:sqlite`; undefined for any other error. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

/** Whether another connection was in the way, so that trying again may help. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED || code === SQLITE_PROTOCOL;
}

/**
 * Whether SQLite would have had to write where it may not: a log without its index in a read-only directory, or a transaction
 * that a crash left half done. Reading such a database takes a copy of its files.
 */
export function needsWriting(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_READONLY || code === SQLITE_CANTOPEN;
}

/** Whether a statement failed for what it says (a missing table, column or module), not for the state of the database. */
export function isStatementError(error: unknown): error is Error {
  return resultCode(error) === SQLITE_ERROR;
}

export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** What stands between us and a database, by what SQLite said. */
export function problemOf(path: Path, error: unknown): DatabaseProblem {
  if (isBusy(error)) return "locked";
  if (isDamage(error)) return "damaged";
  const system = systemCode(error);
  if (resultCode(error) === SQLITE_FULL || system === "ENOSPC" || system === "EDQUOT") {
    return "no-space";
  }
  return statPath(path) === undefined ? "vanished" : "unreadable";
}

const TEXTS: Readonly<Record<DatabaseProblem, { says: string; hint?: string }>> = {
  locked: {
    says: "stays locked by another program",
    hint: "stop that program, or give it more time, and repeat",
  },
  damaged: { says: "is damaged" },
  unreadable: { says: "cannot be read" },
  vanished: { says: "is gone" },
  "no-space": { says: "cannot be copied: no space is left", hint: "free some space and repeat" },
};

/** The one failure of this module for the state of a database; `details.reason` is a {@link DatabaseProblem}. */
export function databaseError(
  path: Path,
  reason: DatabaseProblem,
  options: { cause?: unknown; detail?: string | undefined } = {},
): BackupError {
  const { cause, detail = cause instanceof Error ? cause.message : undefined } = options;
  const { says, hint } = TEXTS[reason];
  const because = detail === undefined ? "" : `: ${detail}`;
  return new BackupError("source-unreadable", `database ${quote(path)} ${says}${because}`, {
    details: { path, reason },
    hint,
    cause,
  });
}

/** Turns what was thrown while working on a database into {@link databaseError}; a `BackupError` passes unchanged. */
export function translate(path: Path, error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  return databaseError(path, problemOf(path, error), { cause: error });
}
