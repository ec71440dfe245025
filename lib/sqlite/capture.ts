import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { backup } from "node:sqlite";
import { assertNotCancelled, BackupError, formatSize, MIB, quote } from "../base/index.ts";
import {
  type FileStat,
  freeSpace,
  fsPath,
  type Path,
  pathExists,
  removeTree,
  statPath,
} from "../filesystem/index.ts";
import { defaultCheckTimeoutMs } from "./check.ts";
import { plainPath, SIDECARS } from "./connection.ts";
import { inspectInWorker } from "./in-worker.ts";
import { type Inspection, inspectDatabase } from "./inspect.ts";
import { databaseError, needsWriting, translate } from "./problems.ts";
import { copyRaw, rawSizeBytes } from "./raw-copy.ts";
import { settleCopy } from "./settle-copy.ts";
import { openSnapshot, type Snapshot } from "./snapshot.ts";
import type { CaptureDatabaseOptions, CapturedDatabase } from "./types.ts";

const ATTEMPTS = 3;
/** Pages copied between two looks at the signal; larger steps are no faster (285 MB in 0.6 s). */
const STEP_BYTES: number = 16 * MIB;
/** Up to this size the copy is checked without a thread, which takes less time than to start one. */
const INLINE_CHECK_BYTES: number = 16 * MIB;
/** Left free beside the copy, for what SQLite needs while it is made and for others. */
const SPARE_BYTES: number = 8 * MIB;

/**
 * Copies a live database as it stands at one moment, through SQLite, without disturbing who works with it, and checks the copy.
 *
 * Opened read-only; a transaction is started before the online backup on the same connection, because without it the backup starts
 * again with every commit of others. A log is neither written back nor removed. Of the source's directory only what SQLite itself
 * needs to read a log (`-wal`, `-shm`) may be made, and not even that where it is read-only.
 * This process must not have the source open otherwise: see the module's comment.
 *
 * @param target - A path where nothing is, in a private directory; the copy has mode 0600. After a failure nothing is left there.
 * @throws BackupError `source-unreadable` with a {@link DatabaseProblem} in `details.reason`; `target-not-empty`; `cancelled`
 */
export async function captureDatabase(
  source: Path,
  target: Path,
  options: CaptureDatabaseOptions = {},
): Promise<CapturedDatabase> {
  if (pathExists(target)) {
    throw new BackupError("target-not-empty", `${quote(target)} exists already`, {
      details: { path: target },
    });
  }
  try {
    await copyUnreplaced(source, target, options);
    return await finishCopy(target, options);
  } catch (error) {
    removeCopy(target);
    throw translate(source, error);
  }
}

/** Copies, again if the file at the path was replaced by another one meanwhile: its log would have been of the other. */
async function copyUnreplaced(
  source: Path,
  target: Path,
  options: CaptureDatabaseOptions,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = lookAt(source);
    closeSync(openSync(fsPath(target), "wx", 0o600));
    if (before.sizeBytes === 0) assertReallyEmpty(source);
    else await copyOnce(source, target, options);
    const after = lookAt(source);
    if (after.ino === before.ino && after.dev === before.dev) return;
    removeCopy(target);
  }
  throw databaseError(source, "locked", { detail: "it was replaced while it was copied" });
}

function lookAt(source: Path): FileStat {
  const stat = statPath(source);
  if (stat === undefined) throw databaseError(source, "vanished");
  if (stat.type === "file") return stat;
  throw databaseError(source, "unreadable", { detail: "it is not a regular file" });
}

/** SQLite deletes the log of a database of 0 bytes as soon as it reads it, so such a one must not be opened. */
function assertReallyEmpty(source: Path): void {
  if ((statPath(`${source}-wal`)?.sizeBytes ?? 0) === 0) return;
  throw databaseError(source, "damaged", { detail: "it is empty, but its log is not" });
}

async function copyOnce(
  source: Path,
  target: Path,
  options: CaptureDatabaseOptions,
): Promise<void> {
  using snapshot = await openReadable(source, options);
  if (snapshot !== undefined) return await copySnapshot(snapshot, source, target, options);
  assertSpace(source, target, rawSizeBytes(source));
  await copyRaw(source, target, options.signal);
}

/** Undefined when SQLite cannot read the database without writing to it or beside it. */
async function openReadable(
  source: Path,
  options: CaptureDatabaseOptions,
): Promise<Snapshot | undefined> {
  try {
    return await openSnapshot(source, options);
  } catch (error) {
    if (needsWriting(error)) return undefined;
    throw error;
  }
}

async function copySnapshot(
  snapshot: Snapshot,
  source: Path,
  target: Path,
  { signal, onProgress }: CaptureDatabaseOptions,
): Promise<void> {
  const { pageSize, pageCount } = snapshot;
  const totalBytes = pageSize * pageCount;
  assertSpace(source, target, totalBytes);
  await backup(snapshot.database, plainPath(target), {
    rate: Math.max(1, Math.floor(STEP_BYTES / pageSize)),
    progress: ({ remainingPages }) => {
      assertNotCancelled(signal);
      const bytes = totalBytes - remainingPages * pageSize;
      onProgress?.({ type: "progress", bytes, totalBytes, current: source });
    },
  });
  assertNotCancelled(signal);
}

function assertSpace(source: Path, target: Path, bytes: number): void {
  const { availableBytes } = freeSpace(dirname(target));
  const neededBytes = bytes + SPARE_BYTES;
  if (neededBytes <= availableBytes) return;
  const detail = `its copy needs ${formatSize(neededBytes)}, ${formatSize(availableBytes)} are free`;
  throw databaseError(source, "no-space", { detail });
}

async function finishCopy(
  target: Path,
  { cleanCopy = [], signal }: CaptureDatabaseOptions,
): Promise<CapturedDatabase> {
  assertNotCancelled(signal);
  const { journalMode, pageSize, notes } = settleCopy(target, cleanCopy);
  const { findings, userVersion } = await inspectCopy(target, signal);
  const sizeBytes = statPath(target)?.sizeBytes ?? 0;
  return { sizeBytes, pageSize, sourceJournalMode: journalMode, userVersion, findings, notes };
}

async function inspectCopy(copy: Path, signal: AbortSignal | undefined): Promise<Inspection> {
  const sizeBytes = statPath(copy)?.sizeBytes ?? 0;
  if (sizeBytes <= INLINE_CHECK_BYTES) return inspectDatabase(copy);
  return await inspectInWorker(copy, { timeoutMs: defaultCheckTimeoutMs(sizeBytes), signal });
}

function removeCopy(target: Path): void {
  for (const suffix of ["", ...SIDECARS]) removeTree(target + suffix);
}
