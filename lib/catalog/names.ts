import { BackupError, isBackupId, quote } from "../base/index.ts";
import { parseLatest } from "./select.ts";

const MAX_NAME_LENGTH = 200;
const MAX_TAGS = 100;

/**
 * Refuses a name or tag that could not be recorded, or under which nobody could find the backup again. `create` asks before it
 * starts, because the record is written last.
 * @throws BackupError `invalid-argument`
 */
export function assertBackupNames(name: string | null, tags: readonly string[] = []): void {
  if (name !== null) assertText("name", name);
  if (name !== null && (parseLatest(name) !== undefined || isBackupId(name))) {
    throw unusable("name", name, "it means something else where a backup is asked for");
  }
  for (const tag of tags) assertText("tag", tag);
  if (tags.length > MAX_TAGS) {
    throw new BackupError("invalid-argument", `${tags.length} tags are more than ${MAX_TAGS}`);
  }
}

function assertText(what: string, text: string): void {
  if (text.trim() === "") throw unusable(what, text, "it is empty");
  if (text.length > MAX_NAME_LENGTH) {
    throw unusable(what, text.slice(0, 20), `it is longer than ${MAX_NAME_LENGTH} characters`);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(text)) throw unusable(what, text, "it holds control characters");
}

function unusable(what: string, text: string, why: string): BackupError {
  return new BackupError("invalid-argument", `${what} ${quote(text)} is not usable: ${why}`, {
    hint: `choose another ${what}`,
  });
}
