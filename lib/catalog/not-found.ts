import {
  assertNotCancelled,
  BackupError,
  count,
  isBackupId,
  parseTime,
  quote,
} from "../base/index.ts";
import type { CallOptions } from "../storage/index.ts";
import { archivesPrefix, backupKeys, repositoryPrefix } from "./keys.ts";
import type { Candidates } from "./select.ts";
import { isWhole, parseLatest } from "./select.ts";
import { listInstances } from "./storage-listing.ts";
import type { CatalogStorage } from "./types.ts";

export interface MissedSearch extends CallOptions {
  readonly selector: string;
  readonly instance: string;
  readonly now: Date;
  readonly storages: readonly CatalogStorage[];
  readonly candidates: Candidates;
}

/**
 * Says that nothing was found, why, and what would find something. When this instance has no backup (or the id is another's) and exactly
 * one other instance has, that one is proposed: it is how a rebuilt machine with a new host name finds its past.
 */
export async function explainNotFound(search: MissedSearch): Promise<BackupError> {
  const { selector, instance, candidates, storages } = search;
  const proposed = await proposeInstance(search);
  const hint =
    proposed === undefined
      ? "see what there is with: clawback list --instance all"
      : `instance ${quote(proposed)} has it: repeat with --instance ${proposed}`;
  return new BackupError("archive-not-found", describeMiss(search), {
    details: {
      selector,
      instance,
      backups: candidates.backups.length,
      storages: storages.map((storage) => storage.id),
      ...(proposed === undefined ? {} : { proposedInstance: proposed }),
    },
    hint,
  });
}

function describeMiss({ selector, instance, now, candidates, storages }: MissedSearch): string {
  const whose = instance === "all" ? "any instance" : `instance ${quote(instance)}`;
  const where = storages.length === 1 ? ` in storage ${storages[0]?.id}` : "";
  const { backups } = candidates;
  if (backups.length === 0 && candidates.broken.length === 0) {
    return `there is no backup of ${whose}${where}`;
  }
  const broken = describeBroken(candidates);
  const whole = new Set(backups.filter(isWhole).map((backup) => backup.id)).size;
  const latest = parseLatest(selector);
  if (latest !== undefined) {
    const needed = `${quote(selector)} needs ${latest + 1}`;
    return `${whose} has ${whole} full backups that are not degraded${where}, ${needed}${broken}`;
  }
  const time = parseTime(selector, now);
  if (time !== undefined) {
    return `no full backup of ${whose} that is not degraded was made by ${time.toISOString()}${where}${broken}`;
  }
  return `no backup of ${whose} has the id, the start of an id or the name ${quote(selector)}${where}`;
}

/** What might have been meant, had it been sound. */
function describeBroken({ broken }: Candidates): string {
  const newest = broken.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
  if (newest === undefined) return "";
  return `; ${count(broken.length, "other")} cannot be used: ${newest.error.message}`;
}

async function proposeInstance(search: MissedSearch): Promise<string | undefined> {
  const { selector, instance, candidates } = search;
  if (instance === "all") return undefined;
  const hasNone = candidates.backups.length === 0 && candidates.broken.length === 0;
  if (!hasNone && !isBackupId(selector)) return undefined;
  const found = new Set<string>();
  for (const source of search.storages) {
    try {
      for (const other of await otherInstances(source, search)) found.add(other);
    } catch (error) {
      // A proposal is a courtesy: what cannot be looked at is not proposed.
      assertNotCancelled(search.signal);
      if (!(error instanceof BackupError)) throw error;
    }
  }
  const [only, ...more] = found;
  return more.length === 0 ? only : undefined;
}

/** Other instances that have the wanted id, or any backup when a time or `latest` is wanted. */
async function otherInstances(source: CatalogStorage, search: MissedSearch): Promise<string[]> {
  const { selector, instance, signal } = search;
  const others: string[] = [];
  for (const other of await listInstances(source.storage, { signal })) {
    if (other === instance) continue;
    const hasIt = isBackupId(selector)
      ? (await source.storage.find(backupKeys(other, selector).record, { signal })) !== undefined
      : await hasAnyBackup(source, other, { signal });
    if (hasIt) others.push(other);
  }
  return others;
}

async function hasAnyBackup(
  source: CatalogStorage,
  instance: string,
  options: CallOptions,
): Promise<boolean> {
  for await (const { key } of source.storage.list(archivesPrefix(instance), options)) {
    if (key.endsWith("/backup.json")) return true;
  }
  const snapshots = `${repositoryPrefix(instance)}snapshots/`;
  for await (const _ of source.storage.list(snapshots, options)) return true;
  return false;
}
