import { isBackupError, quote, toBackupError } from "../../base/index.ts";
import {
  diskOperations,
  endJournal,
  type FileOperations,
  hasJournal,
  type Journal,
  type JournalOutcome,
  lockFile,
  type Path,
  pathExists,
  recoverJournal,
} from "../../filesystem/index.ts";
import { findGateway, type GatewayState } from "../../openclaw/index.ts";
import { journalFile, lockPath } from "../kept/index.ts";
import { installationAt } from "../live-installation.ts";
import { factsOf, recordOutcome } from "./facts.ts";

export interface RecoverOptions {
  /** Whether a Gateway uses this state directory. With one running, a swap that has not reached the state directory is undone. */
  readonly findGateway?: ((stateDir: Path) => Promise<GatewayState>) | undefined;
  readonly operations?: FileOperations | undefined;
}

/**
 * Finishes or undoes a restore that was interrupted, and removes what it left. For the start of every command; quick when there is
 * nothing to do, and passive while another process is restoring. One that can neither be finished nor undone keeps no other
 * command from working: backups go on.
 *
 * @returns What was done, or why nothing could be, a sentence each.
 */
export async function recoverInterrupted(
  home: Path,
  options: RecoverOptions = {},
): Promise<string[]> {
  if (!hasJournal(journalFile(home))) return [];
  const lock = await lockUnlessBusy(home);
  if (lock === undefined) return [];
  await using _lock = lock;
  try {
    return await recoverUnderLock(home, options);
  } catch (error) {
    const { message, hint } = toBackupError(error);
    return [`an interrupted restore waits: ${message}${hint === undefined ? "" : `; ${hint}`}`];
  }
}

/**
 * {@link recoverInterrupted} for one who holds the lock.
 * @throws BackupError when it can neither be finished nor undone, or its journal cannot be read.
 */
export async function recoverUnderLock(
  home: Path,
  options: RecoverOptions = {},
): Promise<string[]> {
  const operations = options.operations ?? diskOperations;
  const recovered = await recoverJournal(journalFile(home), operations, {
    mayFinish: (journal) => mayFinish(journal, options),
  });
  if (recovered === undefined) return [];
  const { journal, outcome } = recovered;
  if (outcome.result === "finished") await recordOutcome(home, factsOf(journal));
  endJournal(journalFile(home), journal, operations);
  return describe(journal, outcome);
}

/** Whether a restore was interrupted, or is under way. Looks only. */
export function isRestorePending(home: Path): boolean {
  return hasJournal(journalFile(home));
}

async function lockUnlessBusy(home: Path): Promise<AsyncDisposable | undefined> {
  try {
    return await lockFile(lockPath(home));
  } catch (error) {
    if (isBackupError(error, "job-running")) return undefined;
    throw error;
  }
}

/** While a Gateway works in the former state, that one must not be taken from under it. */
async function mayFinish(journal: Journal, options: RecoverOptions): Promise<boolean> {
  const { record, isBesideGateway } = factsOf(journal);
  if (isBesideGateway === true) return true;
  const tree = record?.trees.find(({ live }) => live === record.stateDir);
  const isReached = tree === undefined || tree.strategy === "children" || pathExists(tree.kept);
  if (record === null || isReached) return true;
  const find = options.findGateway ?? ((path) => findGateway(installationAt(undefined, path)));
  const gateway = await find(record.stateDir);
  return gateway.status === "stopped";
}

function describe({ title, ...journal }: Journal, outcome: JournalOutcome): string[] {
  const { record } = factsOf({ title, ...journal });
  const kept = record?.trees.map((tree) => tree.kept).filter(pathExists) ?? [];
  const where =
    kept.length === 0 ? "" : `; what was there before is kept in ${kept.map(quote).join(", ")}`;
  const said: Record<JournalOutcome["result"], string> = {
    finished: `an interrupted ${title} was finished${where}`,
    undone: `an interrupted ${title} was undone, everything is as it was before${reasonOf(outcome)}`,
    dropped: `an interrupted ${title} was given up before anything had changed; what it had unpacked is removed`,
  };
  const appeared = outcome.appeared.map(
    (path) =>
      `something was made meanwhile in a place that the restore needed; it was moved to ${quote(path)}`,
  );
  return [said[outcome.result], ...appeared];
}

function reasonOf({ cause }: JournalOutcome): string {
  return cause === undefined ? "" : ` (it could not be finished: ${toBackupError(cause).message})`;
}
