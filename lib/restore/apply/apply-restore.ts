import { BackupError, quote, toBackupError } from "../../base/index.ts";
import {
  type JournalOutcome,
  lockFile,
  makeDirectory,
  type Path,
  pathExists,
  stepsOf,
} from "../../filesystem/index.ts";
import {
  journalFile,
  listRecordIds,
  lockPath,
  type PreRestoreRecord,
  restoreDirectory,
} from "../kept/index.ts";
import { freeStamp, isSamePlace, isStampTaken, keptPath, placeAt } from "../layout/index.ts";
import { assertFreshTarget } from "../plan/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import { encodeFacts, recordOutcome, recoverUnderLock } from "../recover/index.ts";
import { assertGatewayStopped } from "../swap/index.ts";
import type { RestoreReport } from "../types.ts";
import { finalChanges } from "./final-changes.ts";
import {
  type ApplyRestoreOptions,
  type ResolvedApplyOptions,
  resolveApplyOptions,
} from "./options.ts";
import { ownerFor } from "./owner.ts";
import { type StagedRestore, stageRestore } from "./staging.ts";
import { composeSwap, proveUnused, recordOf } from "./swapping.ts";
import { Transaction } from "./transaction.ts";

/**
 * Carries out a plan: stage, verify, adjust, swap, report.
 *
 * @throws BackupError `gateway-running` with the command to stop it; `plan-outdated`; `version-too-new`; `data-corrupt`, `data-missing`,
 *   `manifest-mismatch`; `no-space`; `job-running` when another restore is under way. After every one of them nothing has changed.
 */
export async function applyRestore(
  prepared: PreparedRestore,
  options: ApplyRestoreOptions = {},
): Promise<RestoreReport> {
  const resolved = resolveApplyOptions(prepared, options);
  const { home } = prepared.options;
  const started = resolved.clock.monotonicMs();
  makeDirectory(restoreDirectory(home));
  await using _lock = await lockFile(lockPath(home));
  const recovered = await recoverUnderLock(home, resolved);
  assertPlanHolds(prepared);
  if (prepared.plan.mode !== "elsewhere") await assertGatewayStopped(prepared.installation);
  const stamp = stampFor(prepared);
  const transaction = openTransaction(prepared, stamp, resolved);
  try {
    const done = await stageAndSwap({ prepared, transaction, stamp, ...resolved });
    const durationMs = Math.round(resolved.clock.monotonicMs() - started);
    return { ...done, warnings: [...recovered, ...done.warnings], durationMs };
  } catch (error) {
    transaction.abandon();
    throw error;
  }
}

/** @throws BackupError `plan-outdated` when other trees stand now where the plan saw some. */
function assertPlanHolds({ places, options }: PreparedRestore): void {
  if (options.target !== undefined) assertFreshTarget(options.target, options.stateDir);
  for (const place of options.target === undefined ? places : []) {
    if (isSamePlace(place, placeAt(place))) continue;
    throw new BackupError(
      "plan-outdated",
      `${quote(place.to)} is not what it was when the plan was made`,
      {
        details: { path: place.to },
        hint: "plan the restore again",
      },
    );
  }
}

/** The time that the plan promised, unless another restore has taken it since. */
function stampFor({ places, options, plan }: PreparedRestore): string {
  const replaced = plan.mode === "elsewhere" ? [] : places;
  const [newest] = listRecordIds(options.home);
  return freeStamp(options.now, newest, (stamp) => isStampTaken(replaced, stamp));
}

function openTransaction(
  { options, plan, places }: PreparedRestore,
  stamp: string,
  { signal, operations }: ResolvedApplyOptions,
): Transaction {
  const [state = places[0]] = places.filter(({ kind }) => kind === "state");
  return new Transaction({
    file: journalFile(options.home),
    title: `restore of ${options.source.label} to ${quote(plan.target)}`,
    stamp,
    owner: ownerFor(state?.live ?? plan.target, options.owner),
    operations,
    signal,
  });
}

interface Run extends ResolvedApplyOptions {
  readonly prepared: PreparedRestore;
  readonly transaction: Transaction;
  readonly stamp: string;
}

async function stageAndSwap(run: Run): Promise<Omit<RestoreReport, "durationMs">> {
  const { prepared, transaction, stamp, onProgress } = run;
  const { options, plan } = prepared;
  const [preRestore] = plan.preRestore;
  const staged = await stageRestore({ ...run, preRestore });
  const { trees, restored } = staged;
  const { plan: finalPlan, carried } = finalChanges(prepared, trees, staged.unpacked);
  const owner = ownerFor(trees.places.at(-1)?.live ?? plan.target, options.owner);
  const swap = composeSwap({ staged, carried, stamp, owner });
  const record =
    trees.mode === "elsewhere"
      ? undefined
      : recordOf(swap, trees.places, {
          id: stamp,
          createdAt: options.now.toISOString(),
          replacedBy: options.source.label,
          stateDir: stateDirOf(staged) ?? plan.target,
        });
  onProgress?.({ type: "phase", phase: "swapping" });
  await proveUnused(prepared, staged, { swap, stages: transaction.stages() });
  const { groups, directories } = swap;
  const facts = encodeFacts({ record: record ?? null });
  const outcome = transaction.swap({ steps: stepsOf(groups), directories, facts });
  const warnings = [
    ...plan.warnings,
    ...staged.warnings.filter((warning) => !plan.warnings.includes(warning)),
    ...(await conclude(run, outcome, record)),
  ];
  return {
    backup: options.source.backup ?? null,
    target: plan.target,
    preRestore: record === undefined ? null : keptStateDir(staged, stamp),
    plan: { ...finalPlan, preRestore: keptTrees(record) },
    restored,
    warnings,
  };
}

/** Describes what was put away, and clears up. From here on the restore has happened; what fails now is only told. */
async function conclude(
  { prepared, transaction }: Run,
  outcome: JournalOutcome,
  record: PreRestoreRecord | undefined,
): Promise<string[]> {
  if (outcome.result !== "finished") {
    transaction.end();
    throw notSwapped(outcome);
  }
  const warnings = outcome.appeared.map(
    (path) =>
      `something was made in the place of the restored state meanwhile; it was moved to ${quote(path)}`,
  );
  try {
    await recordOutcome(prepared.options.home, { record: record ?? null });
    transaction.end();
  } catch (error) {
    warnings.push(`the restore is done, but clearing up was not: ${toBackupError(error).message}`);
  }
  return warnings;
}

function notSwapped({ cause }: JournalOutcome): BackupError {
  const failure = toBackupError(cause);
  return new BackupError(
    failure.code,
    `the restored state could not be put in place: ${failure.message}`,
    {
      cause,
      details: failure.details,
      hint: "everything is as it was before; remove what is in the way and repeat",
    },
  );
}

const isState = ({ kind }: { readonly kind: string }): boolean => kind === "state";

function keptTrees(record: PreRestoreRecord | undefined): Path[] {
  return (record?.trees ?? []).map(({ kept }) => kept).filter(pathExists);
}

function stateDirOf({ trees }: StagedRestore): string | undefined {
  return trees.places.find(isState)?.live;
}

function keptStateDir({ trees }: StagedRestore, stamp: string): string | null {
  const place = trees.places.find(isState) ?? trees.places[0];
  return place === undefined ? null : keptPath(place.live, place.strategy, stamp);
}
