import { dirname } from "node:path";
import { isBackupError } from "../../base/index.ts";
import { planCapture } from "../../capture/index.ts";
import type { BackupList } from "../../catalog/index.ts";
import { freeSpace } from "../../filesystem/index.ts";
import { readOpenClawProgram } from "../../openclaw/index.ts";
import { isRestorePending } from "../../restore/index.ts";
import { readServiceTime } from "../../storage/index.ts";
import {
  checkHomeModes,
  checkLeftovers,
  type DoctorFinding,
  findings,
  judgeClock,
  judgeJournal,
  judgeNode,
  judgeOpenClaw,
  judgeSpace,
} from "../../verify/index.ts";
import type { AppContext } from "../context.ts";
import { captureOptions } from "../create.ts";
import { targetStateDir } from "../restore.ts";

/** Permissions, clock, versions, space, and what was left lying about. */
export async function examineMachine(app: AppContext, list: BackupList): Promise<DoctorFinding[]> {
  const { settings, environment, clock } = app;
  const { home } = settings;
  const isPending = isRestorePending(home);
  const stateDir = await targetStateDir(app);
  const program = await readOpenClawProgram(settings.environment);
  const backedUp = list.backups[0]?.openclawVersion;
  return [
    ...checkHomeModes(home),
    await examineClock(app),
    judgeNode(environment.nodeVersion),
    judgeOpenClaw({ installed: program?.version, backedUp }),
    ...(await examineInstallation(app, list, stateDir)),
    checkLeftovers({
      home,
      temporaryDirectory: app.temporaryDirectory,
      besideLive: [dirname(stateDir)],
      isRestorePending: isPending,
      now: clock.now(),
    }),
    judgeJournal(isPending),
  ];
}

/** The first service that tells its time. */
async function examineClock({ settings, clock, signal }: AppContext): Promise<DoctorFinding> {
  for (const storage of settings.storages) {
    if (storage.type === "directory") continue;
    const aheadMs = await readServiceTime(storage, { clock, signal });
    if (aheadMs !== undefined) return judgeClock(aheadMs, `storage ${storage.id}`);
  }
  return judgeClock(undefined, "");
}

/** Whether there is something to back up, and room for what that takes. */
async function examineInstallation(
  app: AppContext,
  { backups }: BackupList,
  stateDir: string,
): Promise<DoctorFinding[]> {
  const { ok, problem } = findings("installation");
  try {
    const plan = await planCapture(await captureOptions(app, {}));
    const sizes = plan.databases.map(({ sizeBytes }) => sizeBytes);
    const newest = backups.find(({ scope, degraded }) => scope.full && !degraded);
    const space = judgeSpace({
      place: app.temporaryDirectory,
      availableBytes: freeSpace(app.temporaryDirectory).availableBytes,
      largestDatabaseBytes: Math.max(0, ...sizes),
      restore: newest && {
        place: dirname(stateDir),
        availableBytes: freeSpace(dirname(stateDir)).availableBytes,
        neededBytes: newest.sizeBytes,
      },
    });
    return [ok(`OpenClaw's state is in ${stateDir}`), ...space];
  } catch (error) {
    if (!isBackupError(error) || error.category === "control") throw error;
    return [problem(error.message, error.hint)];
  }
}
