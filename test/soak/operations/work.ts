import {
  type AppContext,
  checkInstanceRepository,
  createSnapshotBackup,
  deleteBackup,
  openApp,
  pruneInstanceRepository,
  selectBackup,
} from "../../../lib/app/index.ts";
import { type Clock, isBackupError, systemClock } from "../../../lib/base/index.ts";
import { readEnvironment } from "../../../lib/settings/index.ts";

/** What one client does to the repository, as plain data: it is also handed to a process that is to be killed. */
export type Work =
  | { readonly type: "snapshot" }
  | { readonly type: "forget"; readonly id: string }
  | { readonly type: "prune" }
  | { readonly type: "check"; readonly readData: boolean };

export interface ClientOptions {
  readonly userHome: string;
  /** How far the client's clock is ahead: days must pass for a prune to delete what an earlier one has marked. */
  readonly aheadMs: number;
}

export const INSTANCE = "box";
export const PASSWORD = "correct horse";

/** Waits are shortened, for the sake of a thousand steps. */
const HASTE = 10;

function clockAhead(aheadMs: number): Clock {
  return {
    now: () => new Date(systemClock.now().getTime() + aheadMs),
    monotonicMs: () => systemClock.monotonicMs(),
    sleep: (ms, signal) => systemClock.sleep(ms / HASTE, signal),
  };
}

/** Opens the application as one user. */
export async function openClient({ userHome, aheadMs }: ClientOptions): Promise<AppContext> {
  const variables = { HOME: userHome, CLAWBACK_INSTANCE: INSTANCE, CLAWBACK_PASSWORD: PASSWORD };
  const environment = { ...readEnvironment(), userHome, cwd: userHome, variables };
  return await openApp({ environment, flags: {}, clock: clockAhead(aheadMs) });
}

/**
 * Does it, and tells the id of a snapshot that was made.
 * @throws Error when a check finds something, or a snapshot left something out
 */
export async function doWork(app: AppContext, work: Work): Promise<string | undefined> {
  if (work.type === "snapshot") {
    const { id, omissions } = await createSnapshotBackup(app, {});
    if (omissions.length > 0) throw new Error(`left out: ${JSON.stringify(omissions)}`);
    return id;
  }
  if (work.type === "forget") await forget(app, work.id);
  else if (work.type === "prune") await prune(app);
  else await check(app, work.readData);
  return undefined;
}

/** The other client may have been faster. */
async function forget(app: AppContext, id: string): Promise<void> {
  try {
    const { backup } = await selectBackup(app, id, { withSnapshots: true });
    await deleteBackup(app, backup);
  } catch (error) {
    if (!isBackupError(error, "archive-not-found", "snapshot-not-found")) throw error;
  }
}

/** What is needed for the plan may go while it is made: then it is made anew another time. */
async function prune(app: AppContext): Promise<void> {
  try {
    await pruneInstanceRepository(app);
  } catch (error) {
    if (!isBackupError(error, "plan-outdated")) throw error;
  }
}

async function check(app: AppContext, readData: boolean): Promise<void> {
  const options = readData ? ({ readData: { type: "all" } } as const) : {};
  const { ok, findings } = await checkInstanceRepository(app, options);
  if (!ok) throw new Error(`check: ${JSON.stringify(findings)}`);
}
