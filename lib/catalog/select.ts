import { BackupError, escapeText, parseTime, quote } from "../base/index.ts";
import type { BrokenBackup } from "./archives.ts";
import type { Backup } from "./types.ts";

const MIN_PREFIX = 4;
const MAX_SELECTOR = 1024;
const MAX_NAMED = 20;

/** What a selector may choose from. */
export interface Candidates {
  /** Newest first; of one id in several storages the preferred one first. */
  readonly backups: readonly Backup[];
  readonly broken: readonly BrokenBackup[];
}

/**
 * Finds the backup that a selector means. In this order:
 *
 * | selector | means |
 * | --- | --- |
 * | `latest`, `latest~N` | the newest full backup that is not degraded, the Nth before it |
 * | an id | that one, of whatever scope, or its copy |
 * | a name | the one of that name |
 * | a time | the newest full backup that is not degraded and was made by then; see `parseTime` |
 * | the start of an id | the one that starts so; at least 4 characters |
 *
 * @returns undefined when nothing is meant.
 * @throws BackupError `ambiguous-id` when a name or start fits several; the reason, when the one that is meant is broken
 */
export function selectBackup(
  selector: string,
  candidates: Candidates,
  now: Date,
): Backup | undefined {
  assertSelector(selector);
  const { backups } = candidates;
  const back = parseLatest(selector);
  if (back !== undefined) return oncePerId(backups.filter(isWhole))[back];
  const exact = pickById(candidates, (id) => id === selector, selector);
  if (exact !== undefined) return exact;
  // The original may be gone where it was first.
  const copy = backups.find(({ original }) => original === selector);
  if (copy !== undefined) return copy;
  const named = oncePerId(backups.filter((backup) => backup.name === selector));
  if (named.length > 0) return assertOne(named, `name ${quote(selector)}`);
  const time = parseTime(selector, now);
  if (time !== undefined) return backups.find((backup) => isWhole(backup) && madeBy(backup, time));
  if (selector.length < MIN_PREFIX) return undefined;
  return pickById(candidates, (id) => id.startsWith(selector), selector);
}

/** N of `latest~N`, 0 for `latest`, undefined for any other selector. */
export function parseLatest(selector: string): number | undefined {
  const match = /^latest(?:~(\d{1,9}))?$/.exec(selector);
  return match === null ? undefined : Number(match[1] ?? 0);
}

/** Whether `latest` and times may choose it: any other backup has to be named. */
export function isWhole(backup: Backup): boolean {
  return backup.scope.full && !backup.degraded;
}

function madeBy(backup: Backup, time: Date): boolean {
  return new Date(backup.createdAt) <= time;
}

/** A broken backup is found by its id as any other, so that the reason is told instead of "not found". */
function pickById(
  { backups, broken }: Candidates,
  fits: (id: string) => boolean,
  selector: string,
): Backup | undefined {
  const good = oncePerId(backups.filter((backup) => fits(backup.id)));
  const bad = oncePerId(broken.filter((one) => fits(one.id))).filter(
    (one) => !good.some((backup) => backup.id === one.id),
  );
  const [meant] = bad;
  if (good.length + bad.length > 1) throw isAmbiguous(`id ${quote(selector)}`, [...good, ...bad]);
  if (meant !== undefined) throw meant.error;
  return good[0];
}

function assertOne(found: readonly Backup[], what: string): Backup | undefined {
  if (found.length > 1) throw isAmbiguous(what, found);
  return found[0];
}

function isAmbiguous(what: string, found: readonly { readonly id: string }[]): BackupError {
  const ids = found.map((one) => one.id);
  const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : "";
  return new BackupError(
    "ambiguous-id",
    `${what} fits ${ids.length} backups: ${ids.slice(0, MAX_NAMED).map(escapeText).join(", ")}${more}`,
    { details: { ids }, hint: "give a whole id, or more of it" },
  );
}

interface Placed extends Pick<Backup, "id" | "original"> {
  readonly storage: string;
}

/**
 * Keeps the first of each backup, whose copy in another storage is the same one; ids of two instances never meet by chance. In one storage a
 * snapshot and what `repair` made of it are two.
 */
export function oncePerId<T extends Placed>(list: readonly T[]): T[] {
  const places = new Map<string, string>();
  const ids = new Set<string>();
  return list.filter(({ id, original = id, storage }) => {
    const place = places.get(original) ?? storage;
    places.set(original, place);
    return place === storage && !ids.has(id) && ids.add(id);
  });
}

function assertSelector(selector: string): void {
  if (selector !== "" && selector.length <= MAX_SELECTOR) return;
  const found = selector === "" ? "is empty" : `is longer than ${MAX_SELECTOR} characters`;
  throw new BackupError("invalid-argument", `the name of the wanted backup ${found}`, {
    hint: "give an id, a name, latest or a time; see: clawback list",
  });
}
