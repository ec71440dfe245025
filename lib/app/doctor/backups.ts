import type { BackupList } from "../../catalog/index.ts";
import { type DoctorFinding, judgeBackups } from "../../verify/index.ts";
import type { AppContext } from "../context.ts";
import {
  findStaleness,
  type HealthFacts,
  limitsOf,
  listRuns,
  measureRecovery,
} from "../schedule/index.ts";

/** Age of the newest and the newest verified backup, and how jobs ended. */
export function examineBackups(app: AppContext, list: BackupList): DoctorFinding[] {
  if (app.settings.storages.length === 0) return [];
  const runs = listRuns(app);
  const facts: HealthFacts = { now: app.clock.now(), list, runs, limits: limitsOf(app) };
  const { newestAgeMs, verifiedAgeMs } = measureRecovery(facts);
  return judgeBackups({ newestAgeMs, verifiedAgeMs, staleness: findStaleness(facts) });
}
