import { dirname } from "node:path";
import { BackupError, toBackupError } from "../../base/index.ts";
import { unwritable } from "../failures.ts";
import { listDirectory } from "../small-files.ts";
import { pathExists } from "../stat.ts";
import type { Path } from "../types.ts";
import { hasBegun, Mover } from "./moves.ts";
import { hasJournal, readJournal, removeJournal, saveJournal, setPhase } from "./record.ts";
import type { FileOperations, Journal, JournalOutcome } from "./types.ts";

/**
 * Announces what is about to be written, before it is: a journal without steps. When the process dies, `recoverJournal` gives it to be
 * cleaned up.
 */
export function beginJournal(
  file: Path,
  journal: Omit<Journal, "steps" | "facts">,
  operations: FileOperations,
): void {
  saveJournal(file, { ...journal, steps: [], facts: {} }, operations);
}

/**
 * Writes the journal and carries it out. When a move fails, all are undone; `cause` says why.
 *
 * Synchronous, so that no signal handler and no other work comes in between. Afterwards `endJournal` must be called, once the owner
 * has recorded the outcome.
 * @throws BackupError when it can neither be finished nor undone; the journal stays, and `recoverJournal` tries again.
 */
export function runJournal(
  file: Path,
  journal: Journal,
  operations: FileOperations,
): JournalOutcome {
  saveJournal(file, journal, operations);
  return finishOrUndo(file, journal, operations);
}

/**
 * Closes a journal whose outcome its owner has recorded: nothing takes it up any more. What was temporary is removed, and so are
 * directories that were made for nothing.
 */
export function endJournal(
  file: Path,
  journal: Pick<Journal, "temporary" | "directories">,
  operations: FileOperations,
): void {
  try {
    setPhase(file, "ended", operations);
    for (const path of journal.temporary) operations.removeTree(path);
    const emptied = journal.directories.map(({ path }) => path).toReversed();
    for (const path of emptied) removeIfEmpty(path, operations);
    // Only when it is certain that they are gone may the journal, which names them, go too.
    const parents = new Set([...journal.temporary, ...emptied].map((path) => dirname(path)));
    for (const parent of parents) if (pathExists(parent)) operations.fsyncDirectory(parent);
    removeJournal(file, operations);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function removeIfEmpty(path: Path, operations: FileOperations): void {
  if (listDirectory(path)?.length === 0) operations.removeDirectory(path);
}

export interface RecoverJournalOptions {
  /** Asked when some moves were done: whether to finish the rest. @default yes */
  readonly mayFinish?: ((journal: Journal) => Promise<boolean>) | undefined;
}

/**
 * Takes up a journal that a process left: finishes it when its moves had begun, and undoes it when they had not, when it had been given
 * up before, or when it cannot be finished. May be repeated until `endJournal` has removed it. Only one process may do this at a time.
 * @returns undefined when there is none.
 * @throws BackupError when it can neither be finished nor undone.
 */
export async function recoverJournal(
  file: Path,
  operations: FileOperations,
  options: RecoverJournalOptions = {},
): Promise<{ readonly journal: Journal; readonly outcome: JournalOutcome } | undefined> {
  const recorded = readJournal(file);
  if (recorded === undefined) {
    if (hasJournal(file)) removeJournal(file, operations);
    return undefined;
  }
  const { journal, phase } = recorded;
  if (phase === "ended") {
    endJournal(file, journal, operations);
    return undefined;
  }
  if (phase === "open" && !hasBegun(journal)) {
    return { journal, outcome: { result: "dropped", appeared: [] } };
  }
  const finish = phase === "open" && ((await options.mayFinish?.(journal)) ?? true);
  const outcome = finish
    ? finishOrUndo(file, journal, operations)
    : undo(file, journal, operations, undefined);
  return { journal, outcome };
}

function finishOrUndo(file: Path, journal: Journal, operations: FileOperations): JournalOutcome {
  const mover = new Mover(journal, operations);
  try {
    mover.forward();
  } catch (cause) {
    const undone = undo(file, journal, operations, cause);
    return { ...undone, appeared: [...mover.appeared, ...undone.appeared] };
  }
  return { result: "finished", appeared: mover.appeared };
}

function undo(
  file: Path,
  journal: Journal,
  operations: FileOperations,
  cause: unknown,
): JournalOutcome {
  const mover = new Mover(journal, operations);
  try {
    giveUp(file, operations);
    mover.backward();
  } catch (error) {
    throw stuck(journal, error, cause);
  }
  return { result: "undone", appeared: mover.appeared, ...(cause === undefined ? {} : { cause }) };
}

/** Without its new name the journal may be undone all the same: once that is complete, recovery takes it for one that never began. */
function giveUp(file: Path, operations: FileOperations): void {
  try {
    setPhase(file, "given-up", operations);
  } catch {
    // The home cannot be written; the live trees may well be.
  }
}

function stuck(journal: Journal, error: unknown, cause: unknown): BackupError {
  const failure = toBackupError(error);
  const why = cause === undefined ? "" : ` (${toBackupError(cause).message})`;
  return new BackupError(
    failure.code,
    `${journal.title} can neither be finished${why} nor undone: ${failure.message}`,
    {
      cause: error,
      details: failure.details,
      hint: "remove what is in the way; the next Clawback command tries again",
    },
  );
}
