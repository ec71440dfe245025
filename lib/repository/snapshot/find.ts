import { BackupError, count, quote } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { shortId } from "../stored-file/index.ts";
import { timestampNs } from "../timestamp.ts";
import type { Id } from "../types.ts";
import type { SnapshotFiles, StoredSnapshot } from "./types.ts";

const ID_START = /^[0-9a-f]{1,64}$/;
const MAX_NAMED = 10;

/**
 * Finds the one snapshot whose id begins with `start`, from a listing alone.
 * @throws BackupError `snapshot-not-found`, `ambiguous-id`, `invalid-argument` when it is no start of an id
 */
export async function findSnapshotId(
  files: Pick<SnapshotFiles, "list">,
  start: string,
  options: CallOptions = {},
): Promise<Id> {
  if (!ID_START.test(start)) {
    throw new BackupError("invalid-argument", `${quote(start)} is no start of a snapshot id`, {
      hint: "give at least the first hex digits of an id, in lower case",
    });
  }
  const found: Id[] = [];
  for await (const { id } of files.list("snapshot", options)) {
    if (id.startsWith(start)) found.push(id);
  }
  const [only, ...others] = found;
  if (only === undefined) {
    throw new BackupError("snapshot-not-found", `no snapshot has an id that begins with ${start}`);
  }
  if (others.length > 0) throw isAmbiguous(start, found);
  return only;
}

function isAmbiguous(start: string, ids: readonly Id[]): BackupError {
  const named = ids.slice(0, MAX_NAMED).map((id) => id.slice(0, Math.max(12, start.length + 4)));
  const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : "";
  const message = `id ${start} fits ${count(ids.length, "snapshot")}: ${named.join(", ")}${more}`;
  return new BackupError("ambiguous-id", message, {
    details: { ids },
    hint: "give more of the id",
  });
}

export interface LatestFilter {
  readonly hostname?: string | undefined;
  /** Exactly these, in any order. */
  readonly paths?: readonly string[] | undefined;
  /** All of these. */
  readonly tags?: readonly string[] | undefined;
  /** Made by then. */
  readonly until?: Date | undefined;
}

/** The newest snapshot that fits, whatever the order of the list; undefined when none does. */
export function findLatestSnapshot(
  snapshots: readonly StoredSnapshot[],
  filter: LatestFilter = {},
): StoredSnapshot | undefined {
  let latest: StoredSnapshot | undefined;
  for (const snapshot of snapshots) {
    if (!fits(snapshot, filter)) continue;
    if (latest === undefined || timestampNs(snapshot.time) > timestampNs(latest.time)) {
      latest = snapshot;
    }
  }
  return latest;
}

function fits(snapshot: StoredSnapshot, { hostname, paths, tags, until }: LatestFilter): boolean {
  if (hostname !== undefined && snapshot.hostname !== hostname) return false;
  if (paths !== undefined && pathsKey(snapshot.paths) !== pathsKey(paths)) return false;
  if (tags?.some((tag) => !snapshot.tags?.includes(tag))) return false;
  return until === undefined || timestampNs(snapshot.time) <= BigInt(until.getTime()) * 1_000_000n;
}

/** Snapshots of one host and the same paths: what restic compares and keeps by. */
export interface SnapshotGroup {
  readonly hostname: string;
  /** Sorted. */
  readonly paths: readonly string[];
  /** In the order they were given. */
  readonly snapshots: readonly StoredSnapshot[];
}

/** Groups snapshots by host and paths, groups in the order of their first snapshot. */
export function groupSnapshots(snapshots: readonly StoredSnapshot[]): SnapshotGroup[] {
  const groups = Map.groupBy(snapshots, ({ hostname = "", paths }) =>
    JSON.stringify([hostname, pathsKey(paths)]),
  );
  return [...groups.values()].map((members) => ({
    hostname: members[0]?.hostname ?? "",
    paths: [...(members[0]?.paths ?? [])].sort(),
    snapshots: members,
  }));
}

function pathsKey(paths: readonly string[]): string {
  return JSON.stringify([...paths].sort());
}

/** `3f2a91c0 of 2026-11-21T03:00:00Z`, for messages. */
export function describeSnapshot(snapshot: StoredSnapshot): string {
  return `${shortId(snapshot.id)} of ${snapshot.time}`;
}
