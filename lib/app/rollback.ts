import { BackupError, isBackupError, quote } from "../base/index.ts";
import { resolveScope } from "../capture/index.ts";
import {
  applyRollback,
  type LastRollback,
  planRollback,
  type RollbackChoice,
  type RollbackPlan,
  type RollbackReport,
  readLastRollback,
  type SavedNow,
} from "../restore/index.ts";
import { type SelectedBackup, type SelectOptions, selectBackup } from "./catalog.ts";
import type { AppContext } from "./context.ts";
import { ownPaths } from "./create.ts";
import { findInstallation } from "./installation.ts";
import {
  looksLikeFile,
  openSnapshotOnly,
  openSnapshotSource,
  withSharedLock,
} from "./reading/index.ts";
import { restoring, targetStateDir } from "./restore.ts";
import { createSnapshotBackup } from "./snapshots/index.ts";

/** The tag of the snapshot that every rollback takes first. */
export const BEFORE_ROLLBACK_TAG = "clawback:before-rollback";

export interface RollbackOptions extends SelectOptions {
  /** Only these: absolute, or relative to the state directory. */
  readonly paths?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly withDatabases?: boolean | undefined;
}

/** A rollback that was planned and can be applied; the plan is what a person confirms. */
export interface PlannedRollback {
  readonly plan: RollbackPlan;
  apply(): Promise<RollbackReport>;
}

/**
 * Plans to go back to a snapshot; reads only.
 * @throws BackupError `not-supported` for an archive; `invalid-argument` for an unknown class
 */
export async function prepareRollback(
  app: AppContext,
  selector: string,
  options: RollbackOptions,
): Promise<PlannedRollback> {
  const { paths: only, classes, withDatabases = false } = options;
  if (classes !== undefined) resolveScope({ classes });
  const choice = {
    ...(only === undefined ? {} : { only }),
    ...(classes === undefined ? {} : { classes }),
    withDatabases,
  };
  return await prepare(app, await selectSnapshot(app, selector, options), choice);
}

/**
 * Plans to go back to the snapshot that was taken before the last rollback, for the same paths and classes; reads only.
 * @throws BackupError `path-not-found` where no rollback is known
 */
export async function prepareRollbackUndo(
  app: AppContext,
): Promise<PlannedRollback & { readonly undone: LastRollback }> {
  const stateDir = await targetStateDir(app);
  const undone = readLastRollback(app.settings.home, stateDir);
  if (undone === undefined) {
    throw new BackupError("path-not-found", `no rollback of ${quote(stateDir)} is known`, {
      hint: "clawback list --type snapshot shows what there is to go back to",
    });
  }
  const { storage, instance, id } = undone.before;
  const kinds = ["snapshot"] as const;
  const where = { storage, instance, kinds, withSnapshots: true };
  const selected = await selectBackup(app, id, where).catch((error: unknown) => {
    throw isBackupError(error, "archive-not-found") ? isGone(undone, error) : error;
  });
  return { ...(await prepare(app, selected, undone.choice)), undone };
}

function isGone({ before }: LastRollback, cause: BackupError): BackupError {
  const message = `snapshot ${before.id.slice(0, 8)}, taken before the last rollback, is not in storage ${before.storage} any more`;
  return new BackupError("snapshot-not-found", message, {
    cause,
    hint: "what the rollback replaced is kept beside the state directory: clawback status names it",
  });
}

async function prepare(
  app: AppContext,
  selected: SelectedBackup,
  choice: RollbackChoice,
): Promise<PlannedRollback> {
  const { source, repository } = await openSnapshotSource(app, selected);
  const installation = await findInstallation(app);
  const prepared = await planRollback({
    source,
    choice,
    stateDir: installation.stateDir,
    installation,
    environment: app.settings.environment,
    home: app.settings.home,
    ownPaths: ownPaths(app),
    now: app.clock.now(),
    signal: app.signal,
    onProgress: app.onProgress,
  });
  const saveNow = () => saveBefore(app, selected.place.id);
  const { clock } = app;
  const apply = () =>
    withSharedLock(app, repository, (signal) =>
      applyRollback(prepared, { clock, signal, saveNow }),
    );
  return { plan: prepared.plan, apply: () => restoring(app, apply) };
}

/** Takes a snapshot of all that is live, beside the one that is gone back to. */
async function saveBefore(app: AppContext, storage: string): Promise<SavedNow> {
  const { id, instance, degraded } = await createSnapshotBackup(app, {
    storage,
    tags: [BEFORE_ROLLBACK_TAG],
  });
  const { source } = await openSnapshotOnly(app, id, { storage, instance });
  return { before: { id, storage, instance }, contents: source.snapshot, degraded };
}

/** An archive is told from what does not exist. */
async function selectSnapshot(
  app: AppContext,
  selector: string,
  options: SelectOptions,
): Promise<SelectedBackup> {
  if (looksLikeFile(selector)) throw isArchive(selector);
  const { storage, instance } = options;
  const where = { storage, instance, withSnapshots: true };
  try {
    return await selectBackup(app, selector, { ...where, kinds: ["snapshot"] });
  } catch (error) {
    if (!isBackupError(error, "archive-not-found")) throw error;
    const other = await selectBackup(app, selector, where).catch(() => undefined);
    const isNamed = [other?.backup.name, other?.backup.id.slice(0, selector.length)];
    throw isNamed.includes(selector) ? isArchive(selector) : error;
  }
}

function isArchive(selector: string): BackupError {
  return new BackupError("not-supported", `${quote(selector)} is an archive, not a snapshot`, {
    hint: `restore single paths of it with: clawback restore ${selector} --only PATH`,
  });
}
