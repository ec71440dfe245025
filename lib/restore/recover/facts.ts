import type { Journal, Path } from "../../filesystem/index.ts";
import {
  isLastRollback,
  isRecord,
  type LastRollback,
  type PreRestoreRecord,
  removeRecord,
  saveLastRollback,
  saveRecord,
} from "../kept/index.ts";

/** What a restore's journal says beside its moves. */
export interface JournalFacts {
  /** What will be put away; null when nothing is. */
  readonly record: PreRestoreRecord | null;
  /** The former state that an undo brings back. */
  readonly undone?: string | undefined;
  /** Of a rollback. */
  readonly rollback?: LastRollback | undefined;
  /** Nothing that a running Gateway has open is moved, so that it may be finished beside one. */
  readonly isBesideGateway?: boolean | undefined;
}

export function encodeFacts(facts: JournalFacts): Readonly<Record<string, unknown>> {
  return { ...facts };
}

export function factsOf({ facts }: Journal): JournalFacts {
  const record = facts.record as Partial<PreRestoreRecord> | null | undefined;
  return {
    record: record && isRecord(record) ? record : null,
    undone: typeof facts.undone === "string" ? facts.undone : undefined,
    rollback: isLastRollback(facts.rollback) ? facts.rollback : undefined,
    isBesideGateway: facts.isBesideGateway === true,
  };
}

/** Describes in the home what was put away, once it has been. May be repeated. */
export async function recordOutcome(home: Path, facts: JournalFacts): Promise<void> {
  const { record, undone, rollback } = facts;
  if (record !== null) await saveRecord(home, record);
  if (undone !== undefined) removeRecord(home, undone);
  if (rollback !== undefined) await saveLastRollback(home, rollback);
}
