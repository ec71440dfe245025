import { dirname } from "node:path";
import { MIB, SECOND_MS } from "../base/index.ts";
import { createPrivateDirectory, type Path, statPath } from "../filesystem/index.ts";
import { Connection } from "./connection.ts";
import { type InspectionLimits, inspectInWorker } from "./in-worker.ts";
import type { Inspection } from "./inspect.ts";
import { databaseError, isDamage, translate } from "./problems.ts";
import { copyRaw } from "./raw-copy.ts";
import type { DatabaseCheck } from "./types.ts";

export interface CheckDatabaseOptions {
  /** After this the check is given up, and that is the finding. @default 60 s, plus 10 s per 100 MB */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks a database that nobody else has open: structure, indexes and foreign keys. It may come from anywhere: the work is done in a
 * worker thread, so that neither its size nor its malice stops the event loop.
 *
 * The database is not changed. One that has a log or a journal beside it is checked on a copy with these carried out.
 * @throws BackupError `source-unreadable` when it is missing or cannot be read, `cancelled`; damage is a finding
 */
export async function checkDatabase(
  path: Path,
  options: CheckDatabaseOptions = {},
): Promise<DatabaseCheck> {
  const sizeBytes = statPath(path)?.sizeBytes;
  if (sizeBytes === undefined) throw databaseError(path, "vanished");
  const { signal, timeoutMs = defaultCheckTimeoutMs(sizeBytes) } = options;
  try {
    const { findings, userVersion, tables } = hasPending(path)
      ? await inspectCopy(path, { timeoutMs, signal })
      : await inspectInWorker(path, { timeoutMs, signal });
    return { ok: findings.length === 0, findings, userVersion, tables };
  } catch (error) {
    throw translate(path, error);
  }
}

/** The schema decides how long a check takes; this is far more than any that was measured. */
export function defaultCheckTimeoutMs(sizeBytes: number): number {
  return 60 * SECOND_MS + Math.ceil(sizeBytes / (100 * MIB)) * 10 * SECOND_MS;
}

function hasPending(path: Path): boolean {
  return ["-wal", "-journal"].some((suffix) => (statPath(path + suffix)?.sizeBytes ?? 0) > 0);
}

async function inspectCopy(path: Path, limits: InspectionLimits): Promise<Inspection> {
  await using directory = await createPrivateDirectory(dirname(path), "check");
  const copy = `${directory.path}/copy`;
  await copyRaw(path, copy, limits.signal);
  try {
    using connection = new Connection(copy, {});
    connection.value("PRAGMA locking_mode=EXCLUSIVE");
    connection.value("PRAGMA journal_mode=DELETE");
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return await inspectInWorker(copy, limits);
}
