import { type BackupError, isBackupError } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import type { AppContext } from "../context.ts";
import { listBackups } from "../reading/index.ts";
import { createSnapshotBackup } from "../snapshots/index.ts";
import { verifyBackup } from "../verify.ts";

/** The backup that setup makes, so that nobody finds out later that none could be made. */
export interface FirstBackup {
  readonly state: "made" | "kept" | "failed" | "left-out";
  readonly id?: string | undefined;
  readonly verified: boolean;
  /** What to type to get it back. */
  readonly restore?: string | undefined;
  readonly problem?: SetupProblem | undefined;
}

/** What went wrong after everything else stood. */
export interface SetupProblem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Makes a snapshot with the settings that were just written, and verifies it; where there is a backup already, only that is told. */
export async function makeFirstBackup(app: AppContext, storage: string): Promise<FirstBackup> {
  try {
    const restore = `clawback restore latest --storage ${storage}`;
    const present = await findNewest(app, storage);
    if (present !== undefined) return { state: "kept", ...(await verified(app, present)), restore };
    const { id } = await createSnapshotBackup(app, { storage });
    const { ok } = await verifyBackup(app, id, { storage });
    return { state: "made", id, verified: ok, restore };
  } catch (error) {
    if (!isBackupError(error) || error.category === "control") throw error;
    return { state: "failed", verified: false, problem: describeProblem(error) };
  }
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

export function describeProblem({ code, message, hint }: BackupError): SetupProblem {
  return { code, message, hint };
}
