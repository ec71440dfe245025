import {
  DAMAGED_DIRECTORY,
  encodeSnapshotReport,
  REPORT_DIRECTORY,
  REPORT_NAME,
  type SnapshotReport,
} from "../../catalog/index.ts";
import { compareBytes, type FileStat, type Path } from "../../filesystem/index.ts";
import type { BlobSaver, Node } from "../../repository/index.ts";
import type { NodeMaker } from "./node-maker.ts";
import { TreeWriter } from "./tree-writer.ts";

/** What Clawback itself puts into a snapshot. */
export interface OwnFiles {
  readonly report: SnapshotReport;
  readonly damaged: readonly { readonly path: Path; readonly node: Node }[];
  /** Facts of its directories and of the report. */
  readonly factsOf: (type: "dir" | "file") => FileStat;
}

/** Saves `/.clawback`: the report, and damaged databases below `damaged`, each at its own path. @returns its node */
export async function saveOwnFiles(
  { report, damaged, factsOf }: OwnFiles,
  saver: BlobSaver,
  nodes: NodeMaker,
): Promise<{ readonly path: Path; readonly node: Node }> {
  const own = `/${REPORT_DIRECTORY}`;
  let root: Node | undefined;
  const onRoot = (_: Path, node: Node): void => {
    root = node;
  };
  const trees = new TreeWriter({ saver, nodes, onRoot });
  const directory = factsOf("dir");
  await trees.openDirectory(own, directory);
  const made = new Set<Path>();
  const sorted = damaged.toSorted((a, b) => compareBytes(walkKey(a.path), walkKey(b.path)));
  for (const { path, node } of sorted) {
    const stored = `${own}/${DAMAGED_DIRECTORY}${path}`;
    for (const above of directoriesAbove(stored, own)) {
      if (!made.has(above)) await trees.openDirectory(above, directory);
      made.add(above);
    }
    await trees.add(stored, node);
  }
  const bytes = encodeSnapshotReport(report);
  // In one blob, whatever its size, so that a list reads it in one piece.
  const { id } = await saver.save("data", bytes);
  const path = `${own}/${REPORT_NAME}`;
  const facts = { ...factsOf("file"), sizeBytes: bytes.length };
  await trees.add(path, nodes.make(path, facts, { content: [id] }));
  await trees.finish();
  return { path: own, node: root as unknown as Node };
}

/** Sorts paths as a walk meets them: a directory's entries right behind it. */
function walkKey(path: Path): Path {
  return path.replaceAll("/", "\0");
}

/** The directories between `top` and a path, from above. */
function directoriesAbove(path: Path, top: Path): Path[] {
  const names = path
    .slice(top.length + 1)
    .split("/")
    .slice(0, -1);
  return names.map((_, i) => `${top}/${names.slice(0, i + 1).join("/")}`);
}
