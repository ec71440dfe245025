import { isBackupError } from "../base/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import { backupKeys, marksPrefix } from "./keys.ts";
import type { Mark } from "./types.ts";

const MARK_NAME =
  /^(verified|hold|release|drill)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z\.json$/;
const ATTEMPTS = 20;

/** The backup a mark belongs to. */
export interface MarkedBackup {
  readonly instance: string;
  readonly id: string;
}

/** What all marks of a backup come to. */
export interface MarkSummary {
  readonly verifiedAt: string | undefined;
  readonly held: boolean;
}

/**
 * Adds a fact to a backup. Marks are only ever added, so that two writers at once both succeed.
 *
 * A hold or release is dated after every earlier one, whatever the clock says: the last word counts, also on a machine whose clock was
 * set back.
 * @returns The mark with the time under which it was stored.
 * @throws What the storage throws
 */
export async function appendMark(
  storage: ObjectStorage,
  backup: MarkedBackup,
  mark: Mark,
  options: CallOptions = {},
): Promise<Mark> {
  const folder = backupKeys(backup.instance, backup.id).marks;
  let at = new Date(mark.at).getTime();
  if (isHold(mark)) {
    const earlier = (await listMarks(storage, backup, options)).filter(isHold);
    at = Math.max(at, ...earlier.map((other) => new Date(other.at).getTime() + 1));
  }
  for (let attempt = 1; ; attempt++, at++) {
    const written: Mark = { ...mark, at: new Date(at).toISOString() };
    const body = new TextEncoder().encode(`${JSON.stringify(written)}\n`);
    try {
      await storage.put(folder + markName(written), body, { ...options, ifAbsent: true });
      return written;
    } catch (error) {
      if (attempt === ATTEMPTS || !isBackupError(error, "storage-conflict")) throw error;
    }
  }
}

/**
 * Lists the marks of one backup, oldest first, from their keys alone: `detail` is not read.
 * @throws What the storage throws
 */
export async function listMarks(
  storage: ObjectStorage,
  backup: MarkedBackup,
  options: CallOptions = {},
): Promise<readonly Mark[]> {
  const folder = backupKeys(backup.instance, backup.id).marks;
  const marks: Mark[] = [];
  for await (const { key } of storage.list(folder, options)) {
    const mark = parseMarkName(key.slice(folder.length));
    if (mark !== undefined) marks.push(mark);
  }
  return marks.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** The marks of every backup of an instance by backup id, from one listing. */
export async function summarizeMarks(
  storage: ObjectStorage,
  instance: string,
  options: CallOptions = {},
): Promise<ReadonlyMap<string, MarkSummary>> {
  const prefix = marksPrefix(instance);
  const marks = new Map<string, Mark[]>();
  for await (const { key } of storage.list(prefix, options)) {
    const [id = "", name = "", ...deeper] = key.slice(prefix.length).split("/");
    const mark = deeper.length === 0 ? parseMarkName(name) : undefined;
    if (mark === undefined) continue;
    const known = marks.get(id);
    if (known === undefined) marks.set(id, [mark]);
    else known.push(mark);
  }
  return new Map([...marks].map(([id, list]) => [id, summarize(list)]));
}

/** Of a hold and a release at the same instant the hold counts, because it loses nothing. */
export function summarize(marks: readonly Mark[]): MarkSummary {
  const newest = (kind: Mark["kind"]): string | undefined =>
    marks
      .filter((mark) => mark.kind === kind)
      .map((mark) => mark.at)
      .sort()
      .at(-1);
  const hold = newest("hold");
  const release = newest("release");
  return {
    verifiedAt: newest("verified"),
    held: hold !== undefined && (release === undefined || hold >= release),
  };
}

function isHold(mark: Mark): boolean {
  return mark.kind === "hold" || mark.kind === "release";
}

/** `hold-20261121T030512.042Z.json`: kind and time stand in the name, so that a listing tells all. */
function markName(mark: Mark): string {
  return `${mark.kind}-${mark.at.replaceAll(/[-:]/g, "")}.json`;
}

function parseMarkName(name: string): Mark | undefined {
  const match = MARK_NAME.exec(name);
  if (match === null) return undefined;
  const [, kind, year, month, day, hour, minute, second, ms] = match;
  const at = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
  if (Number.isNaN(new Date(at).getTime())) return undefined;
  return { kind: kind as Mark["kind"], at };
}
