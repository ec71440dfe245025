import { BackupError, type BackupErrorOptions, quote, systemCode } from "../base/index.ts";
import type { Path } from "./types.ts";

/**
 * Whether a lookup failed because nothing is there: no such entry, a parent that is not a directory, or a name that no file can have.
 */
export function isAbsence(error: unknown): boolean {
  const code = systemCode(error);
  return (
    code === "ENOENT" ||
    code === "ENOTDIR" ||
    code === "ENAMETOOLONG" ||
    code === "ERR_INVALID_ARG_VALUE"
  );
}

/** `source-unreadable` for something that could not be read; `details.systemCode` is Node's code. */
export function unreadable(path: Path, cause: unknown): BackupError {
  const code = systemCode(cause) ?? "EIO";
  return new BackupError("source-unreadable", `${quote(path)} cannot be read: ${describe(code)}`, {
    details: { path, systemCode: code },
    cause,
  });
}

/**
 * Turns what a writing call threw into the failure that a user can act on. `BackupError`s pass unchanged.
 */
export function unwritable(path: Path, cause: unknown): BackupError {
  if (cause instanceof BackupError) return cause;
  const systemCodeOfCause = systemCode(cause) ?? "EIO";
  const options = { details: { path, systemCode: systemCodeOfCause }, cause };
  switch (systemCodeOfCause) {
    case "ENOSPC":
    case "EDQUOT":
      return noSpace(path, options);
    case "EEXIST":
    case "ENOTEMPTY":
      return new BackupError("target-not-empty", `${quote(path)} exists already`, {
        ...options,
        hint: "choose another name, or move what is there out of the way",
      });
    case "ENOENT":
    case "ENOTDIR":
      return new BackupError(
        "path-not-found",
        `${quote(path)} has no such parent directory`,
        options,
      );
    default:
      return new BackupError(
        "home-unusable",
        `${quote(path)} cannot be written: ${describe(systemCodeOfCause)}`,
        { ...options, hint: "make it writable for this user, or choose another place" },
      );
  }
}

function noSpace(path: Path, options: BackupErrorOptions): BackupError {
  return new BackupError("no-space", `${quote(path)} cannot be written: the disk is full`, {
    ...options,
    hint: "free some space on that filesystem and repeat",
  });
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the filesystem is read-only",
  EIO: "input/output error",
  EISDIR: "it is a directory",
  ELOOP: "it is a symbolic link",
  EXDEV: "it lies on another filesystem",
  EBUSY: "it is in use",
};

function describe(code: string): string {
  return DESCRIPTIONS[code] === undefined ? code : `${DESCRIPTIONS[code]} (${code})`;
}
