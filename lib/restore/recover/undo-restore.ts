import { BackupError, quote, toBackupError } from "../../base/index.ts";
import {
  diskOperations,
  endJournal,
  type FileOperations,
  type JournalOutcome,
  lockFile,
  makeDirectory,
  type Path,
  runJournal,
  stepsOf,
} from "../../filesystem/index.ts";
import type { Installation } from "../../openclaw/index.ts";
import {
  describe,
  journalFile,
  listPreRestore,
  listRecords,
  lockPath,
  type PreRestore,
  restoreDirectory,
} from "../kept/index.ts";
import { placeAt } from "../layout/index.ts";
import { installationAt } from "../live-installation.ts";
import { assertGatewayStopped, assertUnused, databasesIn } from "../swap/index.ts";
import { composeUndo } from "./compose-undo.ts";
import { encodeFacts, recordOutcome } from "./facts.ts";
import { recoverUnderLock } from "./recover.ts";

export interface UndoRestoreOptions {
  readonly home: Path;
  readonly stateDir: Path;
  /** What is live now; its Gateway must be stopped. */
  readonly installation: Installation | undefined;
  readonly now: Date;
  readonly operations?: FileOperations | undefined;
}

export interface UndoReport {
  /** What was brought back. */
  readonly restored: PreRestore;
  /** Where the state that was replaced now is; undo again brings it back. */
  readonly preRestore: PreRestore;
  readonly warnings: readonly string[];
}

/**
 * Brings back the newest pre-restore state, and keeps what it replaces as another one.
 * @throws BackupError `path-not-found` when there is none; `gateway-running`; `job-running`
 */
export async function undoRestore(options: UndoRestoreOptions): Promise<UndoReport> {
  const { home, stateDir } = options;
  makeDirectory(restoreDirectory(home));
  await using _lock = await lockFile(lockPath(home));
  const recovered = await recoverUnderLock(home, options);
  const record = listRecords({ home, stateDir }).find(({ isRollback }) => isRollback !== true);
  if (record === undefined) throw nothingToUndo(options);
  await assertGatewayStopped(installationAt(options.installation, stateDir));
  const restored = describe(record);
  const undo = composeUndo(record, options.now);
  assertUnused(
    databasesIn(record.trees.map(({ live }) => placeAt({ kind: "", from: live, to: live }))),
  );
  const { next, groups, directories } = undo;
  const facts = { record: next, undone: record.id };
  const journal = {
    title: `undo of the restore of ${record.createdAt}`,
    stamp: next.id,
    temporary: [],
    directories,
    steps: stepsOf(groups),
    facts: encodeFacts(facts),
  };
  const operations = options.operations ?? diskOperations;
  const outcome = runJournal(journalFile(home), journal, operations);
  if (outcome.result === "finished") await recordOutcome(home, facts);
  endJournal(journalFile(home), journal, operations);
  assertUndone(outcome);
  const warnings = outcome.appeared.map(
    (path) => `something was in the way and was moved to ${quote(path)}`,
  );
  return { restored, preRestore: describe(next), warnings: [...recovered, ...warnings] };
}

function assertUndone({ result, cause }: JournalOutcome): void {
  if (result === "finished") return;
  const failure = toBackupError(cause);
  throw new BackupError(
    failure.code,
    `the former state could not be put back: ${failure.message}`,
    {
      cause,
      details: failure.details,
      hint: "everything is as it was before the undo; remove what is in the way and repeat",
    },
  );
}

function nothingToUndo({ home, stateDir }: UndoRestoreOptions): BackupError {
  const paths = listPreRestore({ home, stateDir }).flatMap((state) => state.paths);
  const hint =
    paths.length === 0
      ? "restore a backup instead: clawback list shows them"
      : `nothing in the home describes ${paths.map(quote).join(", ")}: it can be moved back by hand`;
  return new BackupError(
    "path-not-found",
    `${quote(stateDir)} has no pre-restore state to go back to`,
    {
      hint,
    },
  );
}
