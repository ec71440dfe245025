import { type BackupError, count, type ErrorCode, isBackupError } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import type { PruneReport } from "../../repository/index.ts";
import { type RemovalPlace, removeBackups } from "../../retention/index.ts";
import { saveSettings } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import {
  asPruner,
  openInstanceRepository,
  pruneInstanceRepository,
  waiting,
} from "../repositories/index.ts";
import type { OpenedStorages } from "../storages.ts";
import { sweepAbandoned } from "./abandoned.ts";
import {
  openPlaces,
  planInstanceRetention,
  type RetentionChoice,
  type RetentionReview,
} from "./retention.ts";

export interface RetentionFailure {
  readonly storage: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  /** How many backups stay because of it. */
  readonly left: number;
}

export interface RetentionReport {
  readonly removed: readonly Backup[];
  readonly kept: number;
  /** Planned to go, and kept after all: held or needed since. */
  readonly spared: readonly Backup[];
  readonly failures: readonly RetentionFailure[];
  readonly pruned: readonly PrunedRepository[];
  readonly swept: {
    readonly archives: number;
    readonly bytes: number;
    readonly uploads: number;
  };
  readonly warnings: readonly string[];
}

export interface PrunedRepository {
  readonly storage: string;
  readonly instance: string;
  /** Given back now. */
  readonly deletedBytes: number;
  /** Given back by the next prune, a day later or more. */
  readonly waitingBytes: number;
}

export interface ApplyRetentionOptions extends RetentionChoice {
  /** Give back the space of removed snapshots; `always` also that of earlier ones, where nothing is removed now. @default true */
  readonly prune?: boolean | "always" | undefined;
}

/**
 * Removes what a plan says, as far as a plan made now still says so, then gives back the space and sweeps unfinished archives. What fails in
 * one storage is told and keeps no other from being thinned out.
 */
export async function applyInstanceRetention(
  app: AppContext,
  review: RetentionReview,
  options: ApplyRetentionOptions = {},
): Promise<RetentionReport> {
  const now = app.clock.now().toISOString();
  const current = await planInstanceRetention(app, options);
  const planned = new Set(review.remove.map(({ backup }) => keyOf(backup)));
  const remove = current.remove
    .map(({ backup }) => backup)
    .filter((backup) => planned.has(keyOf(backup)));
  const { outcome, swept } = await asPruner(app, async (pruner) => {
    const places = await openPlaces(pruner, options.storage);
    const removing = removeBackups(remove, removalPlaces(pruner, places), {
      signal: app.signal,
      lock: waiting(app),
      onRemoved: progressOf(app, remove.length),
    });
    return { outcome: await removing, swept: await sweep(pruner, review, places) };
  });
  if (options.acceptChanges === true) await rememberAccepted(app, now);
  const { pruned, failures } =
    options.prune === false
      ? { pruned: [], failures: [] }
      : await pruneAfter(app, options.prune === "always" ? snapshotsOf(current) : outcome.removed);
  const kept = new Set(current.keep.map(({ backup }) => keyOf(backup)));
  const needed = review.remove.map(({ backup }) => backup).filter((it) => kept.has(keyOf(it)));
  return {
    removed: outcome.removed,
    kept: current.keep.length + outcome.held.length,
    spared: [...needed, ...outcome.held],
    failures: [...outcome.failures.map(failureOf), ...failures],
    pruned,
    swept: swept.report,
    warnings: [...current.warnings.map(({ message }) => message), ...swept.warnings],
  };
}

async function rememberAccepted({ settings }: AppContext, now: string): Promise<void> {
  await saveSettings(settings.home, (file) => ({
    ...file,
    retention: { ...file.retention, changesAcceptedAt: now },
  }));
}

function removalPlaces(app: AppContext, { opened }: OpenedStorages): RemovalPlace[] {
  return opened.map((place) => ({
    id: place.id,
    storage: place.storage,
    openRepository: (instance) => openInstanceRepository(app, place, instance),
  }));
}

function progressOf({ onProgress }: AppContext, total: number): () => void {
  let removed = 0;
  onProgress?.({ type: "phase", phase: `removing ${count(total, "backup")}` });
  return () => {
    removed++;
    onProgress?.({ type: "progress", files: removed, totalFiles: total });
  };
}

async function pruneAfter(
  app: AppContext,
  removed: readonly Backup[],
): Promise<{ pruned: PrunedRepository[]; failures: RetentionFailure[] }> {
  const pruned: PrunedRepository[] = [];
  const failures: RetentionFailure[] = [];
  const snapshots = removed.filter(({ kind }) => kind === "snapshot");
  const repositories = new Map(
    snapshots.map(({ storage, instance }) => [
      JSON.stringify([storage, instance]),
      { storage, instance },
    ]),
  );
  for (const { storage, instance } of repositories.values()) {
    try {
      const report = await pruneInstanceRepository(app, { storage, instance });
      pruned.push({ storage, instance, ...amounts(report) });
    } catch (error) {
      if (!isBackupError(error) || error.category === "control") throw error;
      failures.push(failureOf({ storage, instance, error, left: 0 }));
    }
  }
  return { pruned, failures };
}

function amounts({ deleted, removed, plan }: PruneReport): {
  deletedBytes: number;
  waitingBytes: number;
} {
  return {
    deletedBytes: deleted.bytes,
    waitingBytes: removed.bytes + plan.packs.waiting.bytes,
  };
}

async function sweep(
  app: AppContext,
  { unfinished, policies }: RetentionReview,
  places: OpenedStorages,
): Promise<{ report: RetentionReport["swept"]; warnings: string[] }> {
  const warnings = new Set<string>();
  let [archives, bytes, uploads] = [0, 0, 0];
  for (const { instance, kind } of policies) {
    if (kind !== "archive") continue;
    const swept = await sweepAbandoned(app, unfinished, { instance, places });
    archives += swept.removed.length;
    bytes += swept.removed.reduce((sum, each) => sum + each.bytes, 0);
    uploads += swept.uploads;
    for (const warning of swept.warnings) warnings.add(warning);
  }
  return { report: { archives, bytes, uploads }, warnings: [...warnings] };
}

function failureOf(failure: {
  readonly storage: string;
  readonly instance: string;
  readonly error: BackupError;
  readonly left: number;
}): RetentionFailure {
  const { storage, instance, error, left } = failure;
  const { code, message, hint } = error;
  return { storage, instance, code, message, ...(hint === undefined ? {} : { hint }), left };
}

function snapshotsOf({ keep, remove }: RetentionReview): readonly Backup[] {
  return [...keep, ...remove].map(({ backup }) => backup);
}

function keyOf({ storage, instance, id }: Backup): string {
  return JSON.stringify([storage, instance, id]);
}
