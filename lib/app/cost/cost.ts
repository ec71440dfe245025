import { isBackupError } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import { RECOVERY_DAYS } from "../../provision/index.ts";
import { resolvePolicies } from "../../retention/index.ts";
import type { JobName, StorageSettings } from "../../settings/index.ts";
import { resolvePreset } from "../../storage/index.ts";
import type { AppContext } from "../context.ts";
import { readCatalog } from "../reading/index.ts";
import { shownJobs } from "../schedule/index.ts";
import { openStoragePool } from "../storages.ts";
import {
  CARE,
  costOf,
  type MonthlyCost,
  type Part,
  type Rhythm,
  sumOf,
  usageOfArchives,
  usageOfSnapshots,
} from "./estimate.ts";
import { findPrice, type NamedPrice } from "./prices.ts";
import { rhythmOf } from "./rhythm.ts";

/** Of which share of an installation a day changes, where nothing was measured yet. */
const ASSUMED_CHANGE_A_DAY = 0.02;
/** So many of the newest snapshots tell what one adds. */
const MEASURED_SNAPSHOTS = 30;

/** Backups of one kind in the long run, and what they cost by themselves. */
export interface KindCost extends Rhythm {
  readonly wholeBytes: number;
  /** Of snapshots: what one adds. */
  readonly addedBytes?: number | undefined;
  /** What one adds was not measured but assumed. */
  readonly isAssumed?: boolean | undefined;
  readonly cost: MonthlyCost;
}

interface PricedAt {
  readonly storage: string;
  readonly service: string;
  /** When the prices were looked up, or the file that they are from. */
  readonly asOf: string;
  readonly currency: "USD";
  readonly note?: string | undefined;
}

/** What an installation of a size would cost, by either kind of backup. */
export interface PlannedCost extends PricedAt {
  readonly archives: KindCost;
  readonly snapshots: KindCost;
}

/** What a storage costs. */
export interface StorageCost extends PricedAt {
  readonly now: MonthlyCost;
  /** Once jobs and retention have been at work for long. */
  readonly projected: MonthlyCost;
}

/**
 * Estimates what backups of so many bytes cost a month where they would go.
 * @returns undefined where no price is known: a directory, a server of one's own
 * @throws BackupError `invalid-settings` for prices of one's own that are not understood
 */
export async function estimatePlanned(
  app: AppContext,
  capturedBytes: number,
  storageId?: string | undefined,
): Promise<PlannedCost | undefined> {
  const { storages, defaultStorage } = app.settings;
  const settings = storages.find(({ id }) => id === (storageId ?? defaultStorage));
  const priced = settings && findPrice(app, settings);
  if (settings === undefined || priced === undefined) return undefined;
  const history = await readHistoryOf(app, settings.id);
  const load = loads(app, settings, history, capturedBytes);
  return {
    ...pricedAt(settings, priced),
    archives: kindCost(priced, load.archives, settings),
    snapshots: kindCost(priced, load.snapshots, settings),
  };
}

/** Estimates what each storage costs with what is listed in it, and will cost. Those without a known price are left out. */
export function estimateStorages(app: AppContext, backups: readonly Backup[]): StorageCost[] {
  const { storages, defaultStorage, jobs } = app.settings;
  return storages.flatMap((settings): StorageCost[] => {
    const priced = findPrice(app, settings);
    if (priced === undefined) return [];
    const own = backups.filter(({ storage }) => storage === settings.id);
    const load = loads(app, settings, own, newestSize(own));
    const isFor = (job: "archive" | "snapshot"): boolean =>
      (jobs[job]?.storage ?? defaultStorage) === settings.id;
    const parts: Part[] = [
      CARE,
      ...(isFor("archive") ? [load.archives.part] : []),
      ...(isFor("snapshot") ? [load.snapshots.part] : []),
    ];
    const projected = sumOf(parts);
    const storedBytes = own.reduce((sum, backup) => sum + backup.storedBytes, 0);
    // What a storage holds that no job adds to stays.
    const isFed = parts.length > 1;
    const now = { ...projected, storedBytes, recoverableBytes: 0 };
    return [
      {
        ...pricedAt(settings, priced),
        now: costOfPart(priced, now, settings),
        projected: costOfPart(priced, isFed ? projected : now, settings),
      },
    ];
  });
}

function pricedAt({ id }: StorageSettings, { service, asOf, price }: NamedPrice): PricedAt {
  return { storage: id, service, asOf, currency: "USD", note: price.note };
}

function costOfPart({ price }: NamedPrice, part: Part, settings: StorageSettings): MonthlyCost {
  const hasKmsKey = settings.type === "s3" && settings.kmsKey !== undefined;
  return costOf(price, { ...part, hasKmsKey });
}

function kindCost(
  priced: NamedPrice,
  { part, wholeBytes, addedBytes, ...facts }: LoadOf,
  settings: StorageSettings,
): KindCost {
  const sizes = {
    wholeBytes: Math.round(wholeBytes),
    ...(addedBytes === undefined ? {} : { addedBytes: Math.round(addedBytes) }),
  };
  return { ...facts, ...sizes, cost: costOfPart(priced, part, settings) };
}

type LoadOf = Omit<KindCost, "cost"> & { readonly part: Part };

function loads(
  app: AppContext,
  settings: StorageSettings,
  history: readonly Backup[],
  capturedBytes: number,
): { readonly archives: LoadOf; readonly snapshots: LoadOf } {
  const { instances = {}, ...all } = app.settings.retention;
  const policies = resolvePolicies([instances[app.settings.instance] ?? {}, all]);
  const now = app.clock.now();
  const recoverableDays =
    settings.type === "s3" && resolvePreset(settings).versioning ? RECOVERY_DAYS : 0;
  const archive = rhythmOf(cronOf(app, "archive"), policies.archive, { kind: "archive", now });
  const snapshot = rhythmOf(cronOf(app, "snapshot"), policies.snapshot, { kind: "snapshot", now });
  const archived = { ...archive, wholeBytes: capturedBytes * ratioOf(history, "archive") };
  const wholeBytes = capturedBytes * ratioOf(history, "snapshot");
  const measured = measureAdded(history);
  const addedBytes = measured ?? assumeAdded(wholeBytes, snapshot);
  return {
    archives: { ...archived, part: usageOfArchives({ ...archived, recoverableDays }) },
    snapshots: {
      ...{ ...snapshot, wholeBytes, addedBytes, isAssumed: measured === undefined },
      part: usageOfSnapshots({ ...snapshot, wholeBytes, recoverableDays }, addedBytes),
    },
  };
}

function cronOf(app: AppContext, job: JobName): string | undefined {
  return shownJobs(app).find((shown) => shown.job === job)?.cron;
}

/** What is stored of a captured byte; all of it where nothing was measured. */
function ratioOf(history: readonly Backup[], kind: "archive" | "snapshot"): number {
  const whole = history.filter((backup) => backup.kind === kind && backup.sizeBytes > 0);
  // Of snapshots the one that stored most had the least to build upon.
  const [most] = whole.toSorted((a, b) => b.storedBytes - a.storedBytes);
  const told = kind === "archive" ? whole[0] : most;
  return told === undefined ? 1 : told.storedBytes / told.sizeBytes;
}

/** What one snapshot adds, on average; undefined before there are a few. */
function measureAdded(history: readonly Backup[]): number | undefined {
  const snapshots = history.filter(({ kind }) => kind === "snapshot");
  const later = snapshots
    .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
    .slice(0, Math.min(MEASURED_SNAPSHOTS, snapshots.length - 1));
  if (later.length < 3) return undefined;
  return later.reduce((sum, { storedBytes }) => sum + storedBytes, 0) / later.length;
}

function assumeAdded(wholeBytes: number, { perMonth }: Rhythm): number {
  const days = perMonth === 0 ? 1 : 30 / perMonth;
  return wholeBytes * Math.min(1, ASSUMED_CHANGE_A_DAY * days);
}

function newestSize(backups: readonly Backup[]): number {
  return backups.find(({ scope, degraded }) => scope.full && !degraded)?.sizeBytes ?? 0;
}

/** What backups that are there tell of sizes. A dry run neither fails nor waits for a storage that does not answer. */
async function readHistoryOf(app: AppContext, storage: string): Promise<readonly Backup[]> {
  const options = { clock: app.clock, onProgress: undefined, attempts: 1 };
  await using storages = openStoragePool(app.settings, options);
  try {
    return (await readCatalog({ ...app, storages, onProgress: undefined }, { storage })).backups;
  } catch (error) {
    if (isBackupError(error) && error.category !== "control") return [];
    throw error;
  }
}
