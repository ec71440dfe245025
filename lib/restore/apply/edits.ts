import { dirname } from "node:path";
import { movePath, type Path, removeTree } from "../../filesystem/index.ts";
import { join } from "../layout/index.ts";
import type { Stage, StagedTree } from "../stage/index.ts";

/** A file that takes the place of an unpacked one, or is new. */
export interface Edit {
  /** The backup's own path. */
  readonly path: Path;
  readonly text: string;
  readonly mode: number;
  readonly mtimeNs: bigint;
}

/** Writes files into stages whose writers are still open. Their directories must be unpacked; no link is there yet to be followed. */
export async function writeEdits(
  edits: readonly Edit[],
  staged: StagedTree,
  stageFor: (path: Path) => Stage,
): Promise<void> {
  for (const { path, text, mode, mtimeNs } of edits) {
    const stage = staged.get(path)?.stage ?? stageFor(path);
    if (staged.typeAt(dirname(path)) !== "dir") continue;
    const writer = await stage.openEdits();
    const body = Buffer.from(text, "utf8");
    await writer.addFile("file", body, { mode, mtimeNs });
    await writer.finish();
    removeTree(stage.pathOf(path));
    movePath(join(writer.root, "file"), stage.pathOf(path));
    staged.add(path, { type: "file", sizeBytes: body.length, mtimeNs, stage });
  }
}
