import { type BackupError, isBackupError, MINUTE_MS } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import type { Repository, RepositoryLock } from "../../repository/index.ts";
import { openSnapshotContents, type SnapshotSource } from "../../restore/index.ts";
import { type SelectedBackup, type SelectOptions, selectBackup } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { type DecryptionKeys, NO_KEYS } from "../passwords.ts";
import type { OpenRepositoryOptions } from "../repositories/index.ts";
import { threadKeyOf } from "../repositories/index.ts";
import { type OpenedSnapshot, openSnapshot } from "./show-snapshot.ts";
import { backupSource, looksLikeFile, type OpenedSource, openSource } from "./sources.ts";

/** A prune publishes its index within seconds, and holds others up only then. */
const WAIT_FOR_LOCK_MS: number = 2 * MINUTE_MS;

/** A snapshot to read. */
export interface OpenedSnapshotSource extends OpenedSnapshot {
  readonly source: SnapshotSource;
  readonly keys: DecryptionKeys;
}

/** A backup of any kind to read. */
export type AnyOpenedSource =
  | (OpenedSource & { readonly repository?: undefined })
  | OpenedSnapshotSource;

export interface AnySourceOptions
  extends SelectOptions,
    Pick<OpenRepositoryOptions, "withoutCache"> {
  readonly keyFiles?: readonly string[] | undefined;
  /** Told which backup it is before that is opened. */
  readonly onSelected?: ((backup: Backup) => void) | undefined;
}

/** Finds the backup that `selector` names, whatever its kind: an archive file when it looks like one, else what the storages have. */
export async function openAnySource(
  app: AppContext,
  selector: string,
  options: AnySourceOptions = {},
): Promise<AnyOpenedSource> {
  if (looksLikeFile(selector)) return await openSource(app, selector, options);
  const selected = await selectBackup(app, selector, { ...options, withSnapshots: true });
  options.onSelected?.(selected.backup);
  return selected.backup.kind === "snapshot"
    ? await openSnapshotSource(app, selected, options)
    : await backupSource(app, selected, options.keyFiles);
}

/** Opens the snapshot that `selector` names. @throws BackupError `not-supported` when it names an archive */
export async function openSnapshotOnly(
  app: AppContext,
  selector: string,
  options: SelectOptions = {},
): Promise<OpenedSnapshotSource> {
  const kinds = ["snapshot"] as const;
  return await openSnapshotSource(
    app,
    await selectBackup(app, selector, { ...options, kinds, withSnapshots: true }),
  );
}

export async function openSnapshotSource(
  app: AppContext,
  selected: SelectedBackup,
  options: Pick<OpenRepositoryOptions, "withoutCache"> = {},
): Promise<OpenedSnapshotSource> {
  const { backup, place } = selected;
  const opened = await openSnapshot(app, selected, options);
  const { repository, snapshot, report, loader, index } = opened;
  const { tree } = snapshot;
  const threadKey = threadKeyOf(repository);
  const contents = openSnapshotContents({ tree, facts: report, loader, index, threadKey });
  const label = `snapshot ${backup.id.slice(0, 8)} in storage ${place.id}`;
  return { ...opened, source: { label, backup, snapshot: contents }, keys: NO_KEYS };
}

/**
 * Works while a prune is kept off. Where the credentials may not write, as a restorer's, nothing is: a reader whose data was moved meanwhile
 * fails and has changed nothing.
 */
export async function withSharedLock<T>(
  app: AppContext,
  repository: Repository,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const { signal } = app;
  await using lock = await tryLock(app, repository);
  if (lock === undefined) return await work(signal);
  return await work(signal === undefined ? lock.signal : AbortSignal.any([signal, lock.signal]));
}

async function tryLock(
  { signal, onProgress }: AppContext,
  repository: Repository,
): Promise<RepositoryLock | undefined> {
  const warn = ({ message }: BackupError) =>
    onProgress?.({ type: "message", level: "warning", text: message });
  const options = { retryForMs: WAIT_FOR_LOCK_MS, onWait: warn, onWarning: warn, signal };
  try {
    return await repository.lock(options);
  } catch (error) {
    if (isBackupError(error, "storage-access-denied")) return undefined;
    throw error;
  }
}
