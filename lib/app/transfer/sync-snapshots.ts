import { BackupError, isBackupError, type Secret } from "../../base/index.ts";
import { appendMark, type Backup } from "../../catalog/index.ts";
import { type CopiedSnapshot, copySnapshots, type Repository } from "../../repository/index.ts";
import type { AppContext } from "../context.ts";
import { withSharedLock } from "../reading/index.ts";
import { openInstanceRepository, openOrCreateRepository, waiting } from "../repositories/index.ts";
import { readSecretFile } from "../settings.ts";
import type { OpenStorage } from "../storages.ts";
import type { SyncFailure, SyncOptions, SyncReport } from "./sync.ts";

export interface SyncSnapshotsOptions extends Pick<SyncOptions, "toPasswordFile"> {
  /** Where they lie. */
  readonly place: OpenStorage;
  readonly target: OpenStorage;
}

/**
 * Copies snapshots of one repository into that of the same instance in another storage, which is made where there is none: with a password
 * of its own, and cutting files as the first does, so that snapshots which are taken there later share what was copied.
 * @throws BackupError `wrong-password`, `repository-locked`; what `copySnapshots` throws
 */
export async function syncSnapshots(
  app: AppContext,
  backups: readonly [Backup, ...Backup[]],
  options: SyncSnapshotsOptions,
): Promise<{ readonly synced: readonly SyncReport[]; readonly failed: readonly SyncFailure[] }> {
  const { place, target, toPasswordFile } = options;
  const [{ instance }] = backups;
  const password = toPasswordFile === undefined ? undefined : readSecretFile(toPasswordFile);
  const source = await openInstanceRepository(app, place, instance);
  const destination = await openTarget(app, target, { instance, source, password });
  const { snapshots } = await withSharedLock(app, source, (signal) =>
    copySnapshots(source, destination, {
      snapshots: backups.map(({ id }) => id),
      sourceLock: false,
      targetLock: waiting(app),
      signal,
      onProgress: app.onProgress,
    }),
  );
  const synced: SyncReport[] = [];
  const failed: SyncFailure[] = [];
  for (const [i, backup] of backups.entries()) {
    const copy = snapshots[i] as CopiedSnapshot;
    if (copy.error !== undefined) failed.push({ backup, error: copy.error });
    else synced.push(await reportOf(app, { backup, copy, place, target }));
  }
  return { synced, failed };
}

async function openTarget(
  app: AppContext,
  target: OpenStorage,
  {
    instance,
    source,
    password,
  }: { instance: string; source: Repository; password: Secret | undefined },
): Promise<Repository> {
  const { chunkerPolynomial } = source.config;
  try {
    const options = { password, chunkerPolynomial };
    const repository = await openOrCreateRepository(app, target, instance, options);
    if (repository.config.chunkerPolynomial !== chunkerPolynomial) warnOfOtherCuts(app, target);
    return repository;
  } catch (error) {
    throw isBackupError(error, "wrong-password") ? hasOtherPassword(target, error) : error;
  }
}

function warnOfOtherCuts({ onProgress }: AppContext, { id }: OpenStorage): void {
  const text = `the repository in storage ${id} was not made for copies: large files are cut at other places there, so that copies and snapshots which are taken there share less`;
  onProgress?.({ type: "message", level: "warning", text });
}

function hasOtherPassword({ id }: OpenStorage, cause: BackupError): BackupError {
  const message = `the repository in storage ${id}, which is to be copied to: ${cause.message}`;
  return new BackupError("wrong-password", message, {
    hint: "give its password with --to-password-file",
    cause,
  });
}

interface Copied {
  readonly backup: Backup;
  readonly copy: CopiedSnapshot;
  readonly place: OpenStorage;
  readonly target: OpenStorage;
}

async function reportOf(
  app: AppContext,
  { backup, copy, place, target }: Copied,
): Promise<SyncReport> {
  const { copyId = "", copied, storedBytes } = copy;
  if (copied && backup.held) await holdCopy(app, target, { ...backup, id: copyId });
  const facts = { backup, from: place.id, to: target.id };
  return { ...facts, copied, replaced: false, storedBytes, copyId };
}

/** What must not be removed in one place must not be removed in the other. */
export async function holdCopy(
  { clock, signal }: AppContext,
  { storage }: OpenStorage,
  backup: Pick<Backup, "id" | "instance">,
): Promise<void> {
  const at = clock.now().toISOString();
  await appendMark(storage, backup, { kind: "hold", at }, { signal });
}
