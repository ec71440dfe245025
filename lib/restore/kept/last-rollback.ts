import { createHash } from "node:crypto";
import {
  makeDirectory,
  type Path,
  publishFile,
  readTextIfExists,
  realPath,
} from "../../filesystem/index.ts";
import { join } from "../layout/index.ts";
import { restoreDirectory } from "./record.ts";

const FORMAT_VERSION = 1;
const MAX_BYTES = 1024 * 1024;

/** What a rollback was asked to bring back. */
export interface RollbackChoice {
  /** Only these: absolute, or relative to the state directory. */
  readonly only?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly withDatabases: boolean;
}

/** The snapshot that was taken before a rollback. */
export interface SnapshotBefore {
  readonly id: string;
  readonly storage: string;
  readonly instance: string;
}

/** The last rollback of an installation, as `rollback --undo` needs it. */
export interface LastRollback {
  readonly createdAt: string;
  /** Links in it resolved. */
  readonly stateDir: Path;
  /** What it went back to: `snapshot 3f2a91c0 in storage local`. */
  readonly source: string;
  readonly before: SnapshotBefore;
  readonly choice: RollbackChoice;
}

/** Replaces what is recorded of an earlier one. May be repeated. */
export async function saveLastRollback(home: Path, rollback: LastRollback): Promise<void> {
  makeDirectory(restoreDirectory(home));
  const text = `${JSON.stringify({ formatVersion: FORMAT_VERSION, ...rollback })}\n`;
  await publishFile(pathFor(home, rollback.stateDir), text, { replace: true });
}

/** @returns undefined where none is known; a description that is damaged tells of none. */
export function readLastRollback(home: Path, stateDir: Path): LastRollback | undefined {
  const text = readTextIfExists(pathFor(home, realPath(stateDir) ?? stateDir), MAX_BYTES);
  if (text === undefined) return undefined;
  try {
    const { formatVersion, ...rollback } = JSON.parse(text);
    return formatVersion === FORMAT_VERSION && isLastRollback(rollback) ? rollback : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it says what an undo needs. */
export function isLastRollback(value: unknown): value is LastRollback {
  const { createdAt, stateDir, source, before, choice } = (value ?? {}) as Partial<LastRollback>;
  const texts = [createdAt, stateDir, source, before?.id, before?.storage, before?.instance];
  return texts.every((text) => typeof text === "string") && typeof choice === "object";
}

/** One home may serve several state directories. */
function pathFor(home: Path, stateDir: Path): Path {
  const key = createHash("sha256").update(stateDir).digest("hex").slice(0, 12);
  return join(restoreDirectory(home), `rollback-${key}.json`);
}
