import { BackupError, count, isBackupError, quote } from "../../base/index.ts";
import { openSource, type Path } from "../../filesystem/index.ts";
import { type BackupClass, databaseCleanup } from "../../openclaw/index.ts";
import {
  type CapturedDatabase,
  captureDatabase,
  type DatabaseIdentity,
  type DatabaseProblem,
  identifyDatabase,
} from "../../sqlite/index.ts";
import { isOpenDatabase, withOpenDatabase } from "../open-databases.ts";
import type { CaptureRun } from "../run.ts";
import type { Scanned } from "../select/index.ts";
import type { CaptureEntry, Omission } from "../types.ts";
import { countedPieces } from "./counted-pieces.ts";
import { damagedEntries } from "./damaged.ts";
import { factsOf } from "./facts.ts";

/**
 * The entry of a database: a consistent copy made through SQLite in the private directory, packed from there and removed.
 *
 * One after the other, so that only one copy takes space, and perhaps that of the largest (`CopyAhead`); it counts as a file of its own even where it has several
 * names, because a database may not be a hard link in a backup. One that is damaged is given as its raw bytes.
 */
export async function* databaseEntries(
  run: CaptureRun,
  scanned: Scanned,
): AsyncIterable<CaptureEntry> {
  const { path } = scanned.entry;
  const inClass = scanned.selection.classOf(path, true);
  if (inClass === undefined) return;
  const ahead = await run.copyAhead.take(path);
  const identity = ahead === undefined ? identityOf(run, scanned) : ahead.identity;
  if (ahead === undefined && identity !== undefined) {
    if (run.options.previous?.isUnchangedDatabase(path, identity)) {
      yield unchangedEntry(run, scanned, inClass, identity);
      return;
    }
  }
  const copy = ahead?.copy ?? (await run.scratch.newPath());
  try {
    const captured = await outcomeOf(run, path, ahead?.captured ?? capture(run, scanned, copy));
    if (captured === "damaged") yield* damagedEntries(run, scanned, inClass);
    else if (captured !== undefined) {
      yield* copiedEntry(run, scanned, { captured, copy, inClass, identity });
    }
  } finally {
    run.scratch.remove(copy);
  }
}

/**
 * What the database looks like, **before** its read transaction begins. Undefined where nobody asks for it, and while another capture of
 * this process has it open: looking at its bytes would drop the locks of that one.
 */
function identityOf(run: CaptureRun, { entry }: Scanned): DatabaseIdentity | undefined {
  if (!run.options.identifyDatabases || isOpenDatabase(entry.stat)) return undefined;
  return identifyDatabase(entry.path);
}

const NO_CONTENT = new Uint8Array(0);

/** The entry of a database that an earlier backup has with all that is committed to it. */
function unchangedEntry(
  run: CaptureRun,
  { entry: { path, stat } }: Scanned,
  inClass: BackupClass,
  identity: DatabaseIdentity,
): CaptureEntry {
  run.pace.countFile();
  run.pace.countBytes(stat.sizeBytes);
  run.ledger.countDatabase();
  return {
    ...factsOf(path, stat, inClass),
    type: "file",
    sizeBytes: stat.sizeBytes,
    content: NO_CONTENT,
    unchanged: true,
    database: { userVersion: undefined, findings: [], identity },
  };
}

async function capture(
  { options }: CaptureRun,
  { entry: { path, stat } }: Scanned,
  copy: Path,
): Promise<CapturedDatabase> {
  const { lockTimeoutMs, signal } = options;
  const cleanCopy = databaseCleanup(path, options.installation);
  return await withOpenDatabase(stat, () =>
    captureDatabase(path, copy, { cleanCopy, lockTimeoutMs, signal }),
  );
}

async function outcomeOf(
  run: CaptureRun,
  path: Path,
  capturing: Promise<CapturedDatabase>,
): Promise<CapturedDatabase | "damaged" | undefined> {
  const { options, ledger } = run;
  try {
    return judged(run, path, await capturing);
  } catch (error) {
    if (!isBackupError(error, "source-unreadable")) throw error;
    const problem = error.details.reason as DatabaseProblem | undefined;
    if (problem === "vanished") {
      ledger.note({ path, note: "vanished", detail: "it was gone before it was captured" });
      return undefined;
    }
    if (problem === "locked" && options.onLocked === "fail") throw lockedFailure(path, error);
    ledger.omit({ path, reason: problem ?? "unreadable", detail: error.message });
    return problem === "damaged" ? "damaged" : undefined;
  }
}

/**
 * OpenClaw refuses a whole archive when one of its own databases fails a check of structure or foreign keys, so that such a one counts as
 * damaged. Any other database is kept as it is, with a note.
 */
function judged(
  { essential, ledger }: CaptureRun,
  path: Path,
  captured: CapturedDatabase,
): CapturedDatabase | "damaged" {
  for (const detail of captured.notes ?? []) ledger.note({ path, note: "database", detail });
  const [finding] = captured.findings;
  if (finding === undefined) return captured;
  const detail = `${count(captured.findings.length, "finding")} in its check, the first: ${finding}`;
  if (!essential.has(path)) {
    ledger.note({ path, note: "database", detail });
    return captured;
  }
  ledger.omit({ path, reason: "damaged", detail });
  return "damaged";
}

function lockedFailure(path: Path, cause: BackupError): BackupError {
  return new BackupError(
    "source-unreadable",
    `database ${quote(path)} stays locked by another program`,
    {
      hint: cause.hint ?? "stop what holds it, or let it be left out with --on-locked skip",
      details: { ...cause.details, path },
      cause,
    },
  );
}

interface Copied {
  readonly captured: CapturedDatabase;
  readonly copy: Path;
  readonly inClass: BackupClass;
  readonly identity: DatabaseIdentity | undefined;
}

async function* copiedEntry(
  run: CaptureRun,
  { entry: { path, stat } }: Scanned,
  { captured, copy, inClass, identity }: Copied,
): AsyncIterable<CaptureEntry> {
  using source = openSource(copy);
  if (source === undefined) throw new BackupError("internal", `the copy of ${quote(path)} is gone`);
  const { sizeBytes } = source.stat;
  const { userVersion, findings } = captured;
  const pieces = countedPieces(run, source, path);
  const settle = (): Omission | undefined => {
    run.pace.countFile();
    if (pieces.outcome() === "none") {
      run.ledger.countDatabase();
      return undefined;
    }
    const detail = "its copy in the home could not be read back";
    return run.ledger.omitSettled({ path, reason: "unreadable", detail });
  };
  yield {
    ...factsOf(path, stat, inClass),
    type: "file",
    sizeBytes,
    content: pieces,
    settle,
    database: { userVersion, findings, identity },
  };
}
