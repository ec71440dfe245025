import { resolve } from "node:path";
import { BackupError, parseSize, requireTime } from "../base/index.ts";
import type { Flag, FlagValues } from "./command.ts";

/** Where something is stored. */
export const STORAGE_FLAG: Flag = {
  flags: "--storage <id>",
  description: "use this storage instead of the default one",
};

export const INSTANCE_FLAG: Flag = {
  flags: "--instance <name>",
  description: "backups of this instance instead of this machine's",
};

export const YES_FLAG: Flag = { flags: "-y, --yes", description: "do not ask; for scripts" };

export const PASSWORD_FLAGS: readonly Flag[] = [
  {
    flags: "--password-file <file>",
    description: "read the password from the first line of a file",
  },
  {
    flags: "--password <password>",
    description: "the password itself; other users of this machine can see it",
  },
];

export const KEY_FILE_FLAG: Flag = {
  flags: "--key-file <file>",
  description: "an OpenPGP private key that opens the archive; repeatable",
  repeatable: true,
  parse: absolutePath,
};

/** Where a backup is looked for. */
export const SELECT_FLAGS: readonly Flag[] = [
  { flags: "--storage <id>", description: "look in this storage only (default: in all)" },
  INSTANCE_FLAG,
];

/** Where an archive comes from, and what opens it. */
export const ARCHIVE_FLAGS: readonly Flag[] = [...SELECT_FLAGS, ...PASSWORD_FLAGS, KEY_FILE_FLAG];

export function absolutePath(text: string): string {
  if (text === "") throw new BackupError("invalid-argument", "a path is empty");
  return resolve(text);
}

export function sizeFlag(text: string): number {
  return parseSize(text);
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number, what: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new BackupError(
      "invalid-argument",
      `${what} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`,
    );
  };
}

export function text(flags: FlagValues, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

export function number(flags: FlagValues, name: string): number | undefined {
  const value = flags[name];
  return typeof value === "number" ? value : undefined;
}

export function list(flags: FlagValues, name: string): readonly string[] | undefined {
  const value = flags[name];
  return Array.isArray(value) ? value.map(String) : undefined;
}

/** A point in time as people say it; of a day without a time its first or last moment. */
export function time(
  flags: FlagValues,
  name: string,
  now: Date,
  day: "start" | "end",
): Date | undefined {
  const value = text(flags, name);
  return value === undefined ? undefined : requireTime(value, now, { day });
}

export function isSet(flags: FlagValues, name: string): boolean {
  return flags[name] === true;
}

/** `--storage` and `--instance` as the application wants them. */
export function selection(flags: FlagValues): {
  storage: string | undefined;
  instance: string | undefined;
} {
  return {
    storage: text(flags, "storage") ?? text(flags, "from"),
    instance: text(flags, "instance"),
  };
}

/** {@link selection} and `--key-file`. */
export function archiveSelection(flags: FlagValues): ReturnType<typeof selection> & {
  keyFiles: readonly string[] | undefined;
} {
  return { ...selection(flags), keyFiles: list(flags, "keyFile") };
}

/** `uid:gid`. */
export function ownerFlag(value: string): { uid: number; gid: number } {
  const match = /^(\d+):(\d+)$/.exec(value);
  if (match === null)
    throw new BackupError(
      "invalid-argument",
      `owner must be UID:GID in numbers, not ${JSON.stringify(value)}`,
    );
  return { uid: Number(match[1]), gid: Number(match[2]) };
}
