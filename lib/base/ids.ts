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

/** Whether `text` is a backup id, with a time that exists. */
export function isBackupId(text: string): boolean {
  return timeOfBackupId(text) !== undefined;
}

/** The UTC second at which an id was made, or undefined when `id` is not a backup id. */
export function timeOfBackupId(id: string): Date | undefined {
  const match = ID_PATTERN.exec(id);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const time = new Date(`${text}Z`);
  // `Date` takes the 31st of February for the 3rd of March.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text) ? time : undefined;
}

/**
 * Refuses an instance name that could not stand as one segment of an object key, and `all`, which stands for every instance.
 * @throws BackupError `invalid-argument`
 */
export function assertInstanceName(name: string): void {
  if (name === "all") {
    throw new BackupError("invalid-argument", 'instance name "all" stands for every instance', {
      hint: "choose another name",
    });
  }
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
