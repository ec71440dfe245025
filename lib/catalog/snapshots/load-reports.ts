import { BackupError, MIB, toBackupError } from "../../base/index.ts";
import {
  type BlobHandle,
  type BlobLoader,
  decodeTree,
  type Id,
  type Node,
  type StoredSnapshot,
  shortId,
} from "../../repository/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import {
  decodeSnapshotReport,
  REPORT_DIRECTORY,
  REPORT_NAME,
  type SnapshotReport,
} from "./report.ts";

/** Snapshots whose trees and reports are held at a time. */
const AT_ONCE = 256;
/** A report of a larger size is not looked into. */
const MAX_BYTES = 64n * BigInt(MIB);

/** What came of looking for a snapshot's report: restic's own snapshots have none. */
export type FoundReport = SnapshotReport | "none" | BackupError;

/**
 * Reads the reports of snapshots: three rounds of requests for many of them, as what is read of one pack is read at once.
 * @throws BackupError what the storage throws
 */
export async function* loadSnapshotReports(
  loader: BlobLoader,
  snapshots: readonly StoredSnapshot[],
  options: CallOptions = {},
): AsyncGenerator<readonly [StoredSnapshot, FoundReport], void, undefined> {
  for (let at = 0; at < snapshots.length; at += AT_ONCE) {
    const some = snapshots.slice(at, at + AT_ONCE);
    const reports = new Map<Id, FoundReport>();
    for await (const [id, report] of loadSome(loader, some, options)) reports.set(id, report);
    for (const snapshot of some) yield [snapshot, reports.get(snapshot.id) ?? "none"];
  }
}

/** A snapshot on the way down to its report. */
interface Step {
  readonly snapshot: StoredSnapshot;
  readonly handle: BlobHandle;
}

/** From the root to the directory, from there to the report, each for all snapshots together. */
async function* loadSome(
  loader: BlobLoader,
  snapshots: readonly StoredSnapshot[],
  options: CallOptions,
): AsyncGenerator<readonly [Id, FoundReport], void, undefined> {
  let steps = snapshots.map((snapshot): Step => {
    return { snapshot, handle: { type: "tree", id: snapshot.tree } };
  });
  for (const name of [REPORT_DIRECTORY, REPORT_NAME]) {
    const next: Step[] = [];
    for await (const { snapshot, loaded } of loadAll(loader, steps, options)) {
      const handle = stepDown(loaded, name);
      if (handle instanceof BackupError) yield [snapshot.id, handle];
      else if (handle !== undefined) next.push({ snapshot, handle });
    }
    steps = next;
  }
  for await (const { snapshot, loaded } of loadAll(loader, steps, options)) {
    yield [snapshot.id, readReport(snapshot, loaded.bytes)];
  }
}

/** What the entry of that name holds: a directory's tree, or the one blob of a file. */
function stepDown(loaded: Loaded, name: string): BlobHandle | BackupError | undefined {
  const node = findNode(loaded, name);
  if (node === undefined || node instanceof BackupError) return node;
  const { subtree, content, sizeBytes = 0n } = node;
  if (node.type === "dir") return subtree === undefined ? undefined : { type: "tree", id: subtree };
  const [id, ...others] = content ?? [];
  return id === undefined || others.length > 0 || sizeBytes > MAX_BYTES
    ? undefined
    : { type: "data", id };
}

interface Loaded {
  readonly id: Id;
  readonly bytes: Buffer | BackupError;
}

/** Loads what every step stands at; of several at the same blob each gets it. */
async function* loadAll(
  loader: BlobLoader,
  steps: readonly Step[],
  options: CallOptions,
): AsyncGenerator<{ readonly snapshot: StoredSnapshot; readonly loaded: Loaded }> {
  const byBlob = Map.groupBy(steps, ({ handle }) => handle.id);
  const handles = [...byBlob.values()].map((same) => (same[0] as Step).handle);
  for await (const found of loader.loadMany(handles, options)) {
    const bytes = "bytes" in found ? found.bytes : found.error;
    for (const { snapshot } of byBlob.get(found.handle.id) ?? []) {
      yield { snapshot, loaded: { id: found.handle.id, bytes } };
    }
  }
}

function findNode({ id, bytes }: Loaded, name: string): Node | BackupError | undefined {
  if (bytes instanceof BackupError) return bytes;
  try {
    return decodeTree(bytes, id).nodes.find((node) => node.name === name);
  } catch (error) {
    return toBackupError(error);
  }
}

function readReport({ id }: StoredSnapshot, bytes: Buffer | BackupError): FoundReport {
  if (bytes instanceof BackupError) return bytes;
  try {
    return decodeSnapshotReport(bytes, `snapshot ${shortId(id)}`);
  } catch (error) {
    return toBackupError(error);
  }
}
