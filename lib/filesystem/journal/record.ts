import { dirname } from "node:path";
import { BackupError, MIB, quote } from "../../base/index.ts";
import { unwritable } from "../failures.ts";
import { readTextIfExists } from "../small-files.ts";
import { pathExists } from "../stat.ts";
import type { Path } from "../types.ts";
import type { Adjustment, FileOperations, Journal } from "./types.ts";

const FORMAT_VERSION = 1;
/** A partial restore names each of its files four times. */
const MAX_BYTES = 512 * MIB;

/** `open`: to be finished. `given-up`: to be undone, nothing may finish it any more. `ended`: only what is temporary is left to remove. */
export type JournalPhase = "open" | "given-up" | "ended";

/** A journal as it was found on disk. */
export interface RecordedJournal {
  readonly journal: Journal;
  readonly phase: JournalPhase;
}

/** The phase is told by the file's name: renaming needs no space, and there may be none. A later phase counts before an earlier one. */
const SUFFIXES: readonly (readonly [JournalPhase, string])[] = [
  ["ended", ".ended"],
  ["given-up", ".given-up"],
  ["open", ""],
];
const unfinishedPath = (file: Path): Path => `${file}.new`;

/** Writes the journal, durable and whole, in place of an earlier state of it. */
export function saveJournal(file: Path, journal: Journal, operations: FileOperations): void {
  const temporary = unfinishedPath(file);
  try {
    if (pathExists(temporary)) operations.removeFile(temporary);
    operations.createFile(temporary, encodeJournal(journal));
    operations.rename(temporary, file);
    operations.fsyncDirectory(dirname(file));
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** Moves the journal on to a later phase. */
export function setPhase(file: Path, phase: JournalPhase, operations: FileOperations): void {
  const present = journalPaths(file).find(pathExists);
  const named = file + SUFFIXES.find(([name]) => name === phase)?.[1];
  if (present === undefined || present === named) return;
  operations.rename(present, named);
  operations.fsyncDirectory(dirname(file));
}

export function removeJournal(file: Path, operations: FileOperations): void {
  for (const path of [unfinishedPath(file), ...journalPaths(file)]) {
    if (pathExists(path)) operations.removeFile(path);
  }
  operations.fsyncDirectory(dirname(file));
}

/**
 * @returns undefined when there is none.
 * @throws BackupError `data-corrupt`; `unsupported-format` when a newer version wrote it.
 */
export function readJournal(file: Path): RecordedJournal | undefined {
  for (const [phase, suffix] of SUFFIXES) {
    const text = readTextIfExists(file + suffix, MAX_BYTES);
    if (text !== undefined) return { journal: decodeJournal(text, file + suffix), phase };
  }
  return undefined;
}

/** Whether a journal waits to be taken up, or was left half written before anything was done. */
export function hasJournal(file: Path): boolean {
  return [unfinishedPath(file), ...journalPaths(file)].some(pathExists);
}

const journalPaths = (file: Path): Path[] => SUFFIXES.map(([, suffix]) => file + suffix);

function encodeJournal(journal: Journal): string {
  return `${JSON.stringify({ formatVersion: FORMAT_VERSION, ...journal })}\n`;
}

function decodeJournal(text: string, file: Path): Journal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, error);
  }
  if (typeof value !== "object" || value === null) throw damaged(file);
  const { formatVersion, ...journal } = value as Journal & { formatVersion?: unknown };
  if (formatVersion !== FORMAT_VERSION) {
    throw new BackupError(
      "unsupported-format",
      `journal ${quote(file)} has format version ${formatVersion}, expected ${FORMAT_VERSION}`,
      {
        hint: "an interrupted restore waits to be finished; run the Clawback version that began it",
      },
    );
  }
  if (!isJournal(journal)) throw damaged(file);
  return journal;
}

function isJournal(journal: Journal): boolean {
  const isText = (value: unknown) => typeof value === "string";
  return (
    isText(journal.title) &&
    isText(journal.stamp) &&
    [journal.temporary, journal.directories, journal.steps].every(Array.isArray) &&
    journal.temporary.every(isText) &&
    journal.directories.every(({ path, mode }) => isText(path) && Number.isInteger(mode)) &&
    journal.steps.flat().every(({ from, to }) => isText(from) && isText(to)) &&
    journal.steps.flat().every(({ unique }) => unique === "from" || unique === "to") &&
    (journal.adjustments === undefined ||
      (Array.isArray(journal.adjustments) && journal.adjustments.every(isAdjustment)))
  );
}

function isAdjustment({ path, from, to }: Adjustment): boolean {
  const isFacts = (facts: Adjustment["from"] | undefined) =>
    Number.isInteger(facts?.mode) && /^-?\d+$/.test(facts?.mtimeNs ?? "0");
  return typeof path === "string" && isFacts(from) && isFacts(to);
}

function damaged(file: Path, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `journal ${quote(file)} is damaged`, {
    cause,
    hint: "an interrupted restore cannot be finished by itself: look for trees named *.pre-restore-* and *.stage-* beside the state directory, put the right one in place, then remove the journal",
  });
}
