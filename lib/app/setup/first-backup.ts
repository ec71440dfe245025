import { type BackupError, isBackupError } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import { type AppContext, openApp } from "../context.ts";
import { listBackups } from "../inspect.ts";
import { createSnapshotBackup } from "../snapshot.ts";
import { verifyBackup } from "../verify.ts";

/** The backup that setup makes, so that nobody finds out later that none could be made. */
export interface FirstBackup {
  readonly state: "made" | "kept" | "failed" | "left-out";
  readonly id?: string | undefined;
  readonly verified: boolean;
  /** What to type to get it back. */
  readonly restore?: string | undefined;
  readonly problem?:
    | { readonly code: string; readonly message: string; readonly hint?: string | undefined }
    | undefined;
}

/** Makes a snapshot with the settings that were just written, and verifies it; where there is a backup already, only that is told. */
export async function makeFirstBackup(before: AppContext, storage: string): Promise<FirstBackup> {
  const { environment, signal, onProgress, askPassword, settings } = before;
  await using app = await openApp({
    environment,
    flags: { home: settings.home, ...flagsOf(before) },
    clock: before.clock,
    signal,
    onProgress,
    askPassword,
  });
  try {
    const restore = `clawback restore latest --storage ${storage}`;
    const present = await findNewest(app, storage);
    if (present !== undefined) return { state: "kept", ...(await verified(app, present)), restore };
    const { id } = await createSnapshotBackup(app, { storage });
    const { ok } = await verifyBackup(app, id, { storage });
    return { state: "made", id, verified: ok, restore };
  } catch (error) {
    if (!isBackupError(error) || error.category === "control") throw error;
    return { state: "failed", verified: false, problem: describe(error) };
  }
}

/** What the command line said of the installation counts for this backup, too. */
function flagsOf({ settings }: AppContext): Record<string, unknown> {
  const { stateDir, profile } = settings.installation;
  return {
    ...(stateDir === undefined ? {} : { stateDir }),
    ...(profile === undefined ? {} : { profile }),
  };
}

async function findNewest(app: AppContext, storage: string): Promise<Backup | undefined> {
  const { instance } = app.settings;
  const { backups } = await listBackups(app, { storage, instance });
  return backups[0];
}

/** An earlier run may have been cut short between its backup and its proof. */
async function verified(
  app: AppContext,
  { id, verifiedAt, storage }: Backup,
): Promise<Pick<FirstBackup, "id" | "verified">> {
  if (verifiedAt !== undefined) return { id, verified: true };
  const { ok } = await verifyBackup(app, id, { storage });
  return { id, verified: ok };
}

function describe({ code, message, hint }: BackupError): NonNullable<FirstBackup["problem"]> {
  return { code, message, hint };
}
