import { randomInt } from "node:crypto";
import { BackupError } from "./errors.ts";

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const ID_PATTERN = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-[0-9a-z]{6}$/;
/** Letters, digits, dot, dash, underscore; 1 to 64; starts with a letter or digit, so that it is a safe path segment. */
const INSTANCE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Makes the id of a new backup, `20261121T030000Z-k3f9xq`: UTC seconds, then 6 random characters.
 * Ids sort by time as text.
 */
export function createBackupId(now: Date): string {
  const time = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const tail = Array.from({ length: 6 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return `${time}-${tail}`;
}

export function isBackupId(text: string): boolean {
  return ID_PATTERN.test(text);
}

/** The UTC second at which an id was made, or undefined when `id` is not a backup id. */
export function timeOfBackupId(id: string): Date | undefined {
  const match = ID_PATTERN.exec(id);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/**
 * Refuses an instance name that could not stand as one segment of an object key.
 * @throws BackupError `invalid-argument`
 */
export function assertInstanceName(name: string): void {
  if (INSTANCE_PATTERN.test(name)) return;
  throw new BackupError("invalid-argument", `instance name ${JSON.stringify(name)} is not usable`, {
    hint: "use 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit",
  });
}

/** Whether a host name looks made by a machine (`ip-10-0-0-1`, a container id), hence a poor instance name. */
export function looksGenerated(hostName: string): boolean {
  return (
    /^ip-\d+-\d+-\d+-\d+/.test(hostName) ||
    /^[0-9a-f]{12}$/.test(hostName) ||
    hostName === "localhost"
  );
}
