import { join } from "node:path";
import { type BackupError, isBackupError, MINUTE_MS } from "../../base/index.ts";
import { type Removal, readRemovals, recordRemoval } from "../../catalog/index.ts";
import { makeDirectory, publishFile, readTextIfExists } from "../../filesystem/index.ts";
import {
  type CheckRecord,
  type CheckReport,
  checkRepository,
  type DataSelection,
  type Id,
  type LockOptions,
  type MaxUnused,
  type PrunePlan,
  type PruneReport,
  parseCheckRecord,
  planPrune,
  pruneRepository,
  type RepairIndexReport,
  type RepairSnapshotsReport,
  type Repository,
  repairIndex,
  repairSnapshots,
} from "../../repository/index.ts";
import type { AppContext } from "../context.ts";
import { usingHome } from "../home.ts";
import { asPruner } from "./pruner.ts";
import { openInstanceRepository } from "./repositories.ts";

/** Which repository. */
export interface RepositoryChoice {
  readonly storage?: string | undefined;
  readonly instance?: string | undefined;
}

export interface CheckRepositoryOptions extends RepositoryChoice {
  /** @default the structure only */
  readonly readData?: DataSelection | undefined;
}

export interface PruneRepositoryOptions extends RepositoryChoice {
  readonly maxUnused?: MaxUnused | undefined;
  readonly maxRepackBytes?: number | undefined;
}

/** A snapshot holds the repository for seconds or minutes; then it is this one's turn. */
const WAIT_FOR_LOCK_MS: number = 2 * MINUTE_MS;
const MAX_RECORD_BYTES = 256 * 1024 * 1024;

/**
 * Checks the repository of an instance. What was read, and what was there, is remembered in the home for the next time; where credentials may only
 * read, it is checked without a lock.
 */
export async function checkInstanceRepository(
  app: AppContext,
  options: CheckRepositoryOptions = {},
): Promise<CheckReport> {
  const repository = await openChosen(app, options);
  const record = readRecord(app, repository);
  const { readData } = options;
  const { signal, onProgress } = app;
  const readRemoved = () => removedSince(app, options, record);
  const call = { readData, record, readRemoved, signal, onProgress };
  let report: CheckReport;
  try {
    report = await checkRepository(repository, { ...call, lock: waiting(app) });
  } catch (error) {
    if (!isBackupError(error, "storage-access-denied")) throw error;
    report = await checkRepository(repository, { ...call, lock: false });
  }
  await usingHome(app.settings.home, () => writeRecord(app, report.record));
  return report;
}

async function removedSince(
  app: AppContext,
  { storage: storageId, instance = app.settings.instance }: RepositoryChoice,
  record: CheckRecord | undefined,
): Promise<ReadonlySet<Id>> {
  const { storage } = await app.storages.open(storageId);
  const since = new Date(record?.checkedAt ?? 0);
  return await readRemovals(storage, instance, { since, signal: app.signal });
}

export async function planInstancePrune(
  app: AppContext,
  options: PruneRepositoryOptions = {},
): Promise<PrunePlan> {
  const { signal } = app;
  const repository = await openChosen(app, options);
  return await planPrune(repository, { ...options, signal, lock: waiting(app) });
}

export async function pruneInstanceRepository(
  app: AppContext,
  options: PruneRepositoryOptions = {},
): Promise<PruneReport> {
  return await asPruner(app, async (pruner) => {
    const { signal, onProgress } = pruner;
    const call = { ...options, signal, onProgress, lock: waiting(pruner) };
    return await pruneRepository(await openChosen(pruner, options), call);
  });
}

export async function repairInstanceIndex(
  app: AppContext,
  options: RepositoryChoice & { readonly readAllPacks?: boolean; readonly readData?: boolean },
): Promise<RepairIndexReport> {
  const { signal, onProgress } = app;
  const repository = await openChosen(app, options);
  return await repairIndex(repository, { ...options, signal, onProgress, lock: waiting(app) });
}

export async function repairInstanceSnapshots(
  app: AppContext,
  options: RepositoryChoice & {
    readonly readData?: boolean;
    readonly removeOld?: boolean;
    readonly dryRun?: boolean;
  },
): Promise<RepairSnapshotsReport> {
  const { signal, onProgress } = app;
  const repository = await openChosen(app, options);
  const lock = waiting(app);
  const report = await repairSnapshots(repository, { ...options, signal, onProgress, lock });
  const snapshots = [...report.snapshots, ...report.unreadable]
    .filter(({ removed }) => removed)
    .map(({ id }) => id);
  if (snapshots.length > 0) await recordRemoved(app, options, { snapshots });
  return report;
}

/** Lets later checks, on any machine, tell what was removed from what is missing. */
export async function recordRemoved(
  app: AppContext,
  { storage: storageId, instance = app.settings.instance }: RepositoryChoice,
  removal: Removal,
): Promise<void> {
  const { storage } = await app.storages.open(storageId);
  await recordRemoval(storage, instance, removal, { now: app.clock.now(), signal: app.signal });
}

/** Opens the repository that a command is about, and nothing but what is stored there. */
export async function openChosen(
  app: AppContext,
  { storage, instance }: RepositoryChoice,
): Promise<Repository> {
  const place = await app.storages.open(storage);
  return await openInstanceRepository(app, place, instance, { withoutCache: true });
}

/** How a command waits for others, and tells of it. */
export function waiting({ onProgress }: AppContext): LockOptions {
  const warn = (warning: BackupError): void =>
    onProgress?.({ type: "message", level: "warning", text: warning.message });
  return { retryForMs: WAIT_FOR_LOCK_MS, onWait: warn, onWarning: warn };
}

function recordPath({ settings }: AppContext, repositoryId: Id): string {
  return join(settings.home, "checks", `${repositoryId}.json`);
}

/** A record that cannot be read is as none: the share begins anew. */
function readRecord(app: AppContext, { config }: Repository): CheckRecord | undefined {
  const text = readTextIfExists(recordPath(app, config.id), MAX_RECORD_BYTES);
  if (text === undefined) return undefined;
  try {
    return parseCheckRecord(JSON.parse(text));
  } catch {
    app.onProgress?.({
      type: "message",
      level: "warning",
      text: "the record of earlier checks cannot be read; it begins anew",
    });
    return undefined;
  }
}

async function writeRecord(app: AppContext, record: CheckRecord): Promise<void> {
  makeDirectory(join(app.settings.home, "checks"));
  const path = recordPath(app, record.repositoryId);
  await publishFile(path, JSON.stringify(record), { replace: true });
}
