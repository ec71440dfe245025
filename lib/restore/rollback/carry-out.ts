import { BackupError, quote, toBackupError } from "../../base/index.ts";
import {
  type JournalOutcome,
  type Path,
  pathExists,
  realPath,
  setModifiedTime,
  stepsOf,
} from "../../filesystem/index.ts";
import {
  ownerFor,
  type ResolvedApplyOptions,
  recordOf,
  type StagedRestore,
  stageRestore,
  Transaction,
} from "../apply/index.ts";
import { journalFile, listRecordIds } from "../kept/index.ts";
import { freeStamp, isStampTaken } from "../layout/index.ts";
import { encodeFacts, type JournalFacts, recordOutcome } from "../recover/index.ts";
import { assertUnused } from "../swap/index.ts";
import { type Changes, composeChanges } from "./compose-changes.ts";
import { isDatabaseAsPlanned } from "./guard.ts";
import { withParents } from "./plan-rollback.ts";
import { type Done, keptOf, reportOf } from "./report-of.ts";
import type { Difference, PreparedRollback, SavedNow } from "./types.ts";

/** A rollback under way. */
export interface Run extends ResolvedApplyOptions {
  readonly prepared: PreparedRollback;
  readonly saved: SavedNow;
  /** What may be done. */
  readonly differences: readonly Difference[];
}

/** Stages, proves and swaps, in one transaction. */
export async function carryOut(run: Run): Promise<Done> {
  const { prepared, operations, signal } = run;
  const { options, restore } = prepared;
  const stamp = freeStamp(options.now, listRecordIds(options.home)[0], (candidate) =>
    isStampTaken(restore.places, candidate),
  );
  const transaction = new Transaction({
    file: journalFile(options.home),
    title: `rollback of ${quote(options.stateDir)} to ${options.source.label}`,
    stamp,
    owner: ownerFor(restore.places.find(isState)?.live ?? options.stateDir, undefined),
    operations,
    signal,
  });
  try {
    return await stageAndSwap(run, transaction, stamp);
  } catch (error) {
    transaction.abandon();
    throw error;
  }
}

const isState = ({ kind }: { readonly kind: string }): boolean => kind === "state";

async function stageAndSwap(run: Run, transaction: Transaction, stamp: string): Promise<Done> {
  const { prepared, onProgress } = run;
  const staged = await stage(run, transaction);
  onProgress?.({ type: "phase", phase: "swapping" });
  const [differences, moved] = splitDatabases(run.differences);
  proveDatabasesUnused(differences, prepared, transaction);
  const { places } = prepared.restore;
  const changes = composeChanges({
    places,
    differences,
    incoming: staged?.incoming ?? new Map(),
    stamp,
    owner: ownerFor(places.at(-1)?.live ?? prepared.plan.target, undefined),
  });
  const facts = factsOf(run, changes, stamp);
  const outcome = transaction.swap({
    steps: stepsOf(changes.groups),
    adjustments: changes.adjustments,
    directories: changes.directories,
    facts: encodeFacts(facts),
  });
  const warnings = [
    ...(staged?.warnings ?? []),
    ...(await conclude(run, transaction, outcome, facts)),
  ];
  setTimes(prepared, changes);
  const gone = new Set([...changes.changed, ...moved.map(({ live }) => live)]);
  return { ...reportOf(prepared, differences, gone), ...keptOf(prepared, facts.record), warnings };
}

/** Unpacks and proves what is to be put in place; nothing where things only go. */
async function stage(
  { prepared, differences, ...resolved }: Run,
  transaction: Transaction,
): Promise<StagedRestore | undefined> {
  const replaced = new Set<Path>();
  const wanted = new Set<Path>();
  for (const { action, path } of differences) {
    if (action !== "replace" || path === undefined) continue;
    replaced.add(path);
    for (const one of [path, prepared.linkTargets.get(path) ?? path]) {
      for (const above of withParents(one)) wanted.add(above);
    }
  }
  if (replaced.size === 0) return undefined;
  const restore = { ...prepared.restore, replaced, wanted };
  return await stageRestore({ ...resolved, prepared: restore, transaction, preRestore: undefined });
}

/** Without the databases to which something was committed since the plan was made; and those. */
function splitDatabases(all: readonly Difference[]): [Difference[], Difference[]] {
  const moved = all.filter((one) => one.isDatabase && !isDatabaseAsPlanned(one));
  return [all.filter((one) => !moved.includes(one)), moved];
}

/** @throws BackupError `gateway-running` */
function proveDatabasesUnused(
  differences: readonly Difference[],
  { restore }: PreparedRollback,
  transaction: Transaction,
): void {
  const databases = differences.filter((one) => one.isDatabase && one.expected.stat !== undefined);
  const placeOfDatabase = new Map(databases.map(({ live, place }) => [live, place]));
  assertUnused(placeOfDatabase.keys(), (path) => {
    const { domain } = placeOfDatabase.get(path) ?? restore.places[0] ?? {};
    return transaction.stages().find((one) => one.domain === domain)?.path;
  });
}

function factsOf({ prepared, saved, clock }: Run, changes: Changes, stamp: string): JournalFacts {
  const { options, restore, differences } = prepared;
  const stateDir = realPath(options.stateDir) ?? options.stateDir;
  const record = recordOf(changes, restore.places, {
    id: stamp,
    createdAt: options.now.toISOString(),
    replacedBy: `rollback to ${options.source.label}`,
    stateDir,
  });
  const { label: source } = options.source;
  const createdAt = clock.now().toISOString();
  const { before } = saved;
  return {
    record: record === undefined ? null : { ...record, isRollback: true },
    rollback: { createdAt, stateDir, source, before, choice: options.choice },
    isBesideGateway: !differences.some(({ isDatabase }) => isDatabase),
  };
}

/** Describes what was put away, and clears up. From here on the rollback has happened; what fails now is only told. */
async function conclude(
  { prepared }: Run,
  transaction: Transaction,
  outcome: JournalOutcome,
  facts: JournalFacts,
): Promise<string[]> {
  if (outcome.result !== "finished") {
    transaction.end();
    throw notDone(outcome);
  }
  const warnings = outcome.appeared.map(
    (path) =>
      `something was made meanwhile in a place that was needed; it was moved to ${quote(path)}`,
  );
  try {
    await recordOutcome(prepared.options.home, facts);
    transaction.end();
  } catch (error) {
    warnings.push(`the rollback is done, but clearing up was not: ${toBackupError(error).message}`);
  }
  return warnings;
}

function notDone({ cause }: JournalOutcome): BackupError {
  const { code, message, details } = toBackupError(cause);
  return new BackupError(code, `the rollback could not be done: ${message}`, {
    cause,
    details,
    hint: "everything is as it was before; remove what is in the way and repeat",
  });
}

/** Directories look as untouched as they were; where that fails, nothing is lost. */
function setTimes({ directoryTimes }: PreparedRollback, { touched }: Changes): void {
  for (const path of touched) {
    const mtimeNs = directoryTimes.get(path);
    try {
      if (mtimeNs !== undefined && pathExists(path)) setModifiedTime(path, mtimeNs);
    } catch {
      // A directory of another user.
    }
  }
}
