import { BackupError, MIB, quote } from "../../base/index.ts";
import {
  type Exchange,
  listDirectory,
  makeDirectory,
  type Path,
  publishFile,
  readTextIfExists,
  removeTree,
} from "../../filesystem/index.ts";
import { join, newestFirst, type Strategy } from "../layout/index.ts";

const FORMAT_VERSION = 1;
const MAX_BYTES: number = 512 * MIB;
const NAME = /^pre-restore-(\d{8}T\d{6}Z(?:-\d+)?)\.json$/;

/** A tree that was put away. */
export interface KeptTree {
  /** Where it stood. */
  readonly live: Path;
  /** Where it is now; holds only what was replaced when parts were. */
  readonly kept: Path;
  readonly strategy: Strategy;
}

/** What belongs together in one former state, and where each piece of it stood. */
export interface PreRestoreRecord {
  /** The time of the restore, as in the names of the trees. */
  readonly id: string;
  readonly createdAt: string;
  /** What replaced it: `backup 2026…`. */
  readonly replacedBy: string;
  /** Links in it resolved. */
  readonly stateDir: Path;
  readonly trees: readonly KeptTree[];
  readonly exchanges: readonly KeptExchange[];
  /** A rollback put it away; the way back from that is a snapshot. */
  readonly isRollback?: true | undefined;
}

/** An exchange as undo needs it: `kept` is where the former content is, when there was any. */
export type KeptExchange = Pick<Exchange, "live" | "kept" | "exists" | "carried">;

/** The directory of the home in which all that concerns restores lies. */
export function restoreDirectory(home: Path): Path {
  return join(home, "restore");
}

export function journalFile(home: Path): Path {
  return join(restoreDirectory(home), "journal.json");
}

export function lockPath(home: Path): Path {
  return join(restoreDirectory(home), "lock");
}

/** Writes a record, durable; one of the same id is replaced, because recovery may do this again. */
export async function saveRecord(home: Path, record: PreRestoreRecord): Promise<void> {
  makeDirectory(restoreDirectory(home));
  const text = `${JSON.stringify({ formatVersion: FORMAT_VERSION, ...record })}\n`;
  await publishFile(recordPath(home, record.id), text, { replace: true });
}

export function removeRecord(home: Path, id: string): void {
  removeTree(recordPath(home, id));
}

/** Ids of all records, newest first. */
export function listRecordIds(home: Path): string[] {
  const names = listDirectory(restoreDirectory(home)) ?? [];
  const ids = names.flatMap((name) => NAME.exec(name)?.[1] ?? []);
  return ids.sort(newestFirst);
}

/** @throws BackupError `data-corrupt`, `unsupported-format` */
export function readRecord(home: Path, id: string): PreRestoreRecord | undefined {
  const path = recordPath(home, id);
  const text = readTextIfExists(path, MAX_BYTES);
  if (text === undefined) return undefined;
  const { formatVersion, ...record } = parse(text, path);
  if (formatVersion !== FORMAT_VERSION) {
    throw new BackupError(
      "unsupported-format",
      `${quote(path)} has format version ${String(formatVersion)}, expected ${FORMAT_VERSION}`,
      { hint: "undo with the Clawback version that made the restore" },
    );
  }
  if (!isRecord(record)) throw damaged(path);
  return record;
}

function recordPath(home: Path, id: string): Path {
  return join(restoreDirectory(home), `pre-restore-${id}.json`);
}

function parse(text: string, path: Path): PreRestoreRecord & { readonly formatVersion?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) {
      return value as ReturnType<typeof parse>;
    }
  } catch (error) {
    throw damaged(path, error);
  }
  throw damaged(path);
}

/** The only proof that is asked of our own file: that what undo will use is there. */
export function isRecord(value: Partial<PreRestoreRecord>): value is PreRestoreRecord {
  const isText = (text: unknown): boolean => typeof text === "string";
  const { trees, exchanges } = value;
  return (
    [value.id, value.createdAt, value.replacedBy, value.stateDir].every(isText) &&
    Array.isArray(trees) &&
    trees.every(({ live, kept }) => isText(live) && isText(kept)) &&
    Array.isArray(exchanges) &&
    exchanges.every(
      ({ live, kept, carried }) => isText(live) && isText(kept) && Array.isArray(carried),
    )
  );
}

function damaged(path: Path, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `${quote(path)} is damaged`, {
    cause,
    hint: "the trees that it describes can still be moved back by hand",
  });
}
