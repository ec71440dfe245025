import { BackupError, quote } from "../../base/index.ts";
import { lockFile, makeDirectory, statPath } from "../../filesystem/index.ts";
import { identifyDatabase } from "../../sqlite/index.ts";
import { resolveApplyOptions } from "../apply/index.ts";
import { lockPath, restoreDirectory } from "../kept/index.ts";
import { isSamePlace, placeAt } from "../layout/index.ts";
import { recoverUnderLock } from "../recover/index.ts";
import { assertGatewayStopped } from "../swap/index.ts";
import { carryOut } from "./carry-out.ts";
import { nothingDone } from "./report-of.ts";
import { splitBySaved } from "./saved.ts";
import type {
  ApplyRollbackOptions,
  Difference,
  PreparedRollback,
  RollbackReport,
  SavedNow,
} from "./types.ts";

/**
 * Carries out a rollback: a snapshot of now, then staging, proof and swap as in a restore of parts. Only what differs is touched; what has
 * changed since the plan, and what the snapshot of now does not hold, is left as it is and told.
 *
 * @throws BackupError `gateway-running` when databases are concerned; `plan-outdated`; what `applyRestore` and `saveNow` throw. After every
 *   one of them nothing has changed.
 */
export async function applyRollback(
  prepared: PreparedRollback,
  options: ApplyRollbackOptions,
): Promise<RollbackReport> {
  const resolved = resolveApplyOptions(prepared.restore, options);
  const { home, installation } = prepared.options;
  const started = resolved.clock.monotonicMs();
  makeDirectory(restoreDirectory(home));
  await using _lock = await lockFile(lockPath(home));
  const recovered = await recoverUnderLock(home, resolved);
  const durationMs = () => Math.round(resolved.clock.monotonicMs() - started);
  if (prepared.differences.length === 0) {
    return { ...nothingDone(prepared), warnings: recovered, durationMs: durationMs() };
  }
  assertPlanHolds(prepared);
  if (prepared.differences.some(({ isDatabase }) => isDatabase)) {
    await assertGatewayStopped(installation);
  }
  const differences = prepared.differences.map(lookAgain);
  resolved.onProgress?.({ type: "phase", phase: "taking a snapshot of now" });
  const saved = await options.saveNow();
  const { safe, refused } = await splitBySaved(differences, saved, resolved.signal);
  const run = { ...resolved, prepared, saved, differences: safe };
  const done = safe.length === 0 ? nothingDone(prepared) : await carryOut(run);
  return {
    ...done,
    before: saved.before,
    refused: [...refused, ...done.refused],
    warnings: [...recovered, ...prepared.plan.warnings, ...done.warnings, ...warningsOf(saved)],
    durationMs: durationMs(),
  };
}

/** Of a database, which the snapshot of now saves as it is then, only what is committed after that is a change; the proof that it is unused is none. */
function lookAgain(difference: Difference): Difference {
  const { isDatabase, live } = difference;
  if (!isDatabase) return difference;
  const expected = { stat: statPath(live), identity: identifyDatabase(live)?.text };
  return { ...difference, expected };
}

function warningsOf({ degraded, before }: SavedNow): string[] {
  if (!degraded) return [];
  return [
    `the snapshot taken before, ${before.id.slice(0, 8)}, is degraded: not every database is in it`,
  ];
}

/** @throws BackupError `plan-outdated` when other trees stand now where the plan saw some. */
function assertPlanHolds({ restore: { places } }: PreparedRollback): void {
  for (const place of places) {
    if (isSamePlace(place, placeAt(place))) continue;
    const message = `${quote(place.to)} is not what it was when the plan was made`;
    throw new BackupError("plan-outdated", message, {
      details: { path: place.to },
      hint: "plan the rollback again",
    });
  }
}
