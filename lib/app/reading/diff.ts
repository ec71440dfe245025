import { type DiffLine, diffLines, MIB } from "../../base/index.ts";
import type { Backup } from "../../catalog/index.ts";
import type { Node } from "../../repository/index.ts";
import { isSqliteHeader } from "../../sqlite/index.ts";
import type { SelectOptions } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { type OpenedSnapshotSource, openSnapshotOnly } from "./any-source.ts";
import { type DatabaseDifference, diffDatabases } from "./diff-databases.ts";
import { compareTrees, type DiffEntry } from "./diff-trees.ts";
import { contentOf, wholeContentOf } from "./snapshot-content.ts";
import { absoluteIn, type FoundNode, findNode, getNode } from "./snapshot-paths.ts";

export type { DatabaseDifference } from "./diff-databases.ts";
export type { DiffEntry } from "./diff-trees.ts";

/** How two snapshots differ. */
export interface DiffReport {
  readonly a: Backup;
  readonly b: Backup;
  /** What was compared; absent for all. */
  readonly path?: string | undefined;
  readonly counts: { readonly added: number; readonly removed: number; readonly changed: number };
  /** In byte order of the paths. */
  readonly entries: readonly DiffEntry[];
  /** Of one text file that both have. */
  readonly lines?: readonly DiffLine[] | undefined;
  /** Of one database that both have. */
  readonly database?: DatabaseDifference | undefined;
}

/** Texts beyond are only said to differ. */
const MAX_TEXT_BYTES: number = 4 * MIB;

/**
 * Compares two snapshots, or one path of them: what was added, removed and changed from the first to the second; of one text file its
 * lines, of one database its tables and their rows.
 * @throws BackupError `path-not-found` when neither has the path
 */
export async function diffSnapshots(
  app: AppContext,
  selectors: { readonly a: string; readonly b: string; readonly path?: string | undefined },
  options: SelectOptions = {},
): Promise<DiffReport> {
  const { signal } = app;
  const a = await openSnapshotOnly(app, selectors.a, options);
  const b = await openSnapshotOnly(app, selectors.b, options);
  const backups = { a: a.source.backup as Backup, b: b.source.backup as Backup };
  if (selectors.path === undefined) {
    const entries = await compareTrees(
      { opened: a, at: rootOf(a) },
      { opened: b, at: rootOf(b) },
      signal,
    );
    return { ...backups, counts: countsOf(entries), entries };
  }
  const path = absoluteIn(b, selectors.path);
  const before = await findNode(a, path, signal);
  const after =
    before === undefined ? await getNode(b, path, signal) : await findNode(b, path, signal);
  const entries = await compareTrees({ opened: a, at: before }, { opened: b, at: after }, signal);
  const report: DiffReport = { ...backups, path, counts: countsOf(entries), entries };
  const isFile = before?.node.type === "file" && after?.node.type === "file";
  if (!isFile || entries.length === 0) return report;
  return {
    ...report,
    ...(await compareFiles(app, { opened: a, found: before }, { opened: b, found: after })),
  };
}

interface Side {
  readonly opened: OpenedSnapshotSource;
  readonly found: FoundNode;
}

async function compareFiles(
  app: AppContext,
  a: Side,
  b: Side,
): Promise<Pick<DiffReport, "lines" | "database">> {
  const { signal } = app;
  const read = ({ opened, found }: Side) => contentOf(opened, found, signal);
  if ((await isDatabase(read(a))) && (await isDatabase(read(b)))) {
    return { database: await diffDatabases(app, read(a), read(b)) };
  }
  const sizes = [a, b].map(({ found }) => Number(found.node.sizeBytes ?? 0n));
  if (sizes.some((size) => size > MAX_TEXT_BYTES)) return {};
  const [before, after] = await Promise.all(
    [a, b].map(({ opened, found }) => wholeContentOf(opened, found, MAX_TEXT_BYTES, signal)),
  );
  const texts = [before, after].map((bytes) => textOf(bytes as Buffer));
  const [x, y] = texts;
  return x === undefined || y === undefined ? {} : { lines: diffLines(x, y) };
}

async function isDatabase(content: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const piece of content) return isSqliteHeader(piece);
  return false;
}

/** Undefined for what is no text. */
function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The whole of a snapshot as if it were a directory. */
function rootOf({ snapshot }: OpenedSnapshotSource): FoundNode {
  const facts = { name: "/", type: "dir", mode: 0, uid: 0, gid: 0, content: null } as const;
  const { time, tree: subtree } = snapshot;
  const node: Node = { ...facts, mtime: time, atime: time, ctime: time, subtree };
  return { path: "", node };
}

function countsOf(entries: readonly DiffEntry[]): DiffReport["counts"] {
  const counts = { added: 0, removed: 0, changed: 0 };
  for (const { change } of entries) counts[change]++;
  return counts;
}
