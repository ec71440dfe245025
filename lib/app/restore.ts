import { BackupError, isBackupError, quote } from "../base/index.ts";
import { defaultStateDirOf, type Installation } from "../openclaw/index.ts";
import {
  applyRestore,
  listPreRestore,
  type PlanRestoreOptions,
  type PreRestore,
  planRestore,
  type RestorePlan,
  type RestoreReport,
  readLastRollback,
  type UndoReport,
  undoRestore,
} from "../restore/index.ts";
import type { SelectOptions } from "./catalog.ts";
import type { AppContext } from "./context.ts";
import { usingHome } from "./home.ts";
import { findInstallation, locateOptions } from "./installation.ts";
import { openAnySource, withSharedLock } from "./reading/index.ts";
import { createSnapshotBackup } from "./snapshots/index.ts";

/** The tag of a snapshot that is taken before a restore. */
export const BEFORE_RESTORE_TAG = "clawback:before-restore";

export interface RestoreOptions extends SelectOptions {
  /** Restore elsewhere, into a directory that is new or empty. */
  readonly target?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly keyFiles?: readonly string[] | undefined;
  readonly overwriteGatewayToken?: boolean | undefined;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Take a snapshot of what is there, in the default storage, before it is replaced. @default false: it is kept beside */
  readonly snapshotFirst?: boolean | undefined;
}

/** A restore that was planned and can be applied; the plan is what a person confirms. */
export interface PlannedRestore {
  readonly plan: RestorePlan;
  apply(): Promise<RestoreReport>;
}

/** Plans a restore; reads only. */
export async function prepareRestore(
  app: AppContext,
  selector: string,
  options: RestoreOptions,
): Promise<PlannedRestore> {
  const opened = await openAnySource(app, selector, options);
  const installation = options.target === undefined ? await liveInstallation(app) : undefined;
  const planOptions: PlanRestoreOptions = {
    source: opened.source,
    ...opened.keys,
    target: options.target,
    stateDir: installation?.stateDir ?? defaultStateDirOf(locateOptions(app)),
    installation,
    only: options.only,
    classes: options.classes,
    overwriteGatewayToken: options.overwriteGatewayToken,
    owner: options.owner,
    environment: app.settings.environment,
    home: app.settings.home,
    now: app.clock.now(),
    signal: app.signal,
    onProgress: app.onProgress,
  };
  const prepared = await planRestore(planOptions);
  const { repository } = opened;
  const apply = async (): Promise<RestoreReport> => {
    if (options.snapshotFirst) await snapshotBefore(app, installation);
    try {
      if (repository === undefined) return await applyRestore(prepared, { clock: app.clock });
      return await withSharedLock(app, repository, (signal) =>
        applyRestore(prepared, { clock: app.clock, signal }),
      );
    } catch (error) {
      throw explain(error, opened.source.label, prepared.plan.target);
    }
  };
  return { plan: prepared.plan, apply: () => restoring(app, apply) };
}

async function snapshotBefore(
  app: AppContext,
  installation: Installation | undefined,
): Promise<void> {
  const tell = (text: string): void => app.onProgress?.({ type: "message", level: "info", text });
  if (installation === undefined) return tell("nothing is replaced, so no snapshot is taken first");
  const { id, storage } = await createSnapshotBackup(app, { tags: [BEFORE_RESTORE_TAG] });
  tell(`snapshot ${id.slice(0, 8)} in storage ${storage} holds what was there`);
}

/** What goes wrong deep in an archive or a stage does not say of which. */
function explain(error: unknown, label: string, target: string): unknown {
  if (!isBackupError(error)) return error;
  if (error.category === "integrity") return isUnsound(error, label);
  const { path } = error.details;
  // The stage names what it writes relative to itself.
  const isInStage = typeof path === "string" && !path.startsWith("/");
  return error.code === "no-space" && isInStage ? becameFull(error, target) : error;
}

function becameFull(cause: BackupError, target: string): BackupError {
  const message = `the filesystem of ${quote(target)} became full while the backup was unpacked`;
  const hint = "nothing was changed; free some space there, or restore a part with --only";
  return new BackupError("no-space", message, { details: cause.details, hint, cause });
}

function isUnsound(cause: BackupError, label: string): BackupError {
  const { code, details, message } = cause;
  const hint =
    cause.hint ??
    "nothing was changed; restore another backup, or get this one from another storage";
  const subject = message.includes(label) ? "" : `${label}: `;
  return new BackupError(code, `${subject}${message}`, { details, hint, cause });
}

/** What is live on this machine; undefined where there is nothing yet. */
async function liveInstallation(app: AppContext): Promise<Installation | undefined> {
  try {
    return await findInstallation(app);
  } catch (error) {
    if (isBackupError(error, "installation-not-found")) return undefined;
    throw error;
  }
}

/**
 * The state that `undoLastRestore` would bring back.
 * @throws BackupError `path-not-found` when there is none
 */
export async function findUndo(app: AppContext): Promise<PreRestore> {
  const stateDir = await targetStateDir(app);
  const newest = listPreRestore({ home: app.settings.home, stateDir }).find(
    (state) => state.canUndo,
  );
  if (newest !== undefined) return newest;
  throw new BackupError(
    "path-not-found",
    `no restore of ${quote(stateDir)} is known that could be undone`,
    {
      hint:
        readLastRollback(app.settings.home, stateDir) === undefined
          ? "clawback status lists what restores have kept"
          : "to undo the last rollback: clawback rollback --undo",
    },
  );
}

/** Brings back the newest pre-restore state and keeps what it replaces. */
export async function undoLastRestore(app: AppContext): Promise<UndoReport> {
  const options = {
    home: app.settings.home,
    stateDir: await targetStateDir(app),
    installation: await liveInstallation(app),
    now: app.clock.now(),
  };
  return await restoring(app, () => undoRestore(options));
}

/** Names the home that cannot be written, and the other restore that is in the way. */
export async function restoring<T>(app: AppContext, work: () => Promise<T>): Promise<T> {
  try {
    return await usingHome(app.settings.home, work);
  } catch (error) {
    throw isBackupError(error, "job-running") ? isBusy(error) : error;
  }
}

function isBusy(cause: BackupError): BackupError {
  const { pid, since } = cause.details;
  const message = `another restore is under way: process ${pid} since ${since ?? "just now"}`;
  return new BackupError("job-running", message, {
    details: cause.details,
    hint: cause.hint,
    cause,
  });
}

/** The state directory that a restore in place replaces, whether or not it exists. */
export async function targetStateDir(app: AppContext): Promise<string> {
  return (await liveInstallation(app))?.stateDir ?? defaultStateDirOf(locateOptions(app));
}
