import { BackupError, type ErrorCode, quote, systemCode } from "../../base/index.ts";

/** What was being done when a system call failed. */
export interface DirectoryCall {
  /** The directory of the storage. */
  readonly root: string;
  /** The path it failed at. */
  readonly path: string;
  readonly action: "read" | "write" | "list" | "delete";
}

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint?: string | undefined;
}

const FULL: Meaning = {
  code: "storage-full",
  text: "the disk or quota is full",
  hint: "free some space there, or choose another storage",
};
const DENIED: Meaning = {
  code: "storage-access-denied",
  text: "permission denied",
  hint: "give this user the right to it, or run as the user who owns it",
};
const AWAY: Meaning = {
  code: "storage-unavailable",
  text: "the device or network share does not answer",
  hint: "check the disk or the mount",
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: { code: "storage-full", text: "the filesystem cannot hold a file of this size" },
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: {
    code: "storage-access-denied",
    text: "the filesystem is mounted read-only",
    hint: "mount it writable, or choose another storage",
  },
  ENAMETOOLONG: { code: "invalid-argument", text: "a part of the name is too long" },
  EEXIST: { code: "storage-rejected", text: "a file has this name" },
  EISDIR: { code: "storage-rejected", text: "a directory has this name" },
  ENOTDIR: { code: "storage-rejected", text: "a part of the path is a file" },
  ELOOP: { code: "path-outside-target", text: "a symbolic link is in the way" },
  EIO: AWAY,
  ESTALE: AWAY,
  ENODEV: AWAY,
  ENXIO: AWAY,
  ETIMEDOUT: AWAY,
  EHOSTDOWN: AWAY,
  ENOTCONN: AWAY,
  EMFILE: { code: "storage-unavailable", text: "too many files are open" },
  ENFILE: { code: "storage-unavailable", text: "too many files are open" },
};

/** Turns what a system call threw into the failure that a user can act on. `BackupError`s pass unchanged. */
export function translateSystemError(error: unknown, call: DirectoryCall): BackupError {
  if (error instanceof BackupError) return error;
  const { path, action } = call;
  const name = systemCode(error) ?? "EIO";
  const { code, text, hint } = MEANINGS[name] ?? {
    code: "storage-rejected",
    text: "the system refuses it",
    hint: undefined,
  };
  return new BackupError(code, `cannot ${action} ${quote(path)}: ${text} (${name})`, {
    details: { location: call.root, path, action, systemCode: name },
    hint,
    cause: error,
  });
}

/** The directory of a storage is not there; perhaps its disk is not mounted. */
export function directoryMissing(root: string, cause?: unknown): BackupError {
  return new BackupError("storage-not-found", `storage directory ${quote(root)} does not exist`, {
    details: { location: root },
    hint: "mount its disk, or make the directory",
    cause,
  });
}
