import { MIB } from "../../base/index.ts";
import {
  openSource,
  type Path,
  readLinkTarget,
  type SourceFile,
  type WalkedEntry,
  walk,
} from "../../filesystem/index.ts";
import { join } from "../layout/index.ts";
import { Stage } from "./stage.ts";

/**
 * Copies a finished, unpacked tree into a stage on another filesystem, because it can only be renamed to its place from there.
 * @param path - The backup's own path of the tree.
 */
export async function restage(from: Stage, path: Path, to: Stage): Promise<void> {
  const firstNames = new Map<bigint, Path>();
  for (const entry of walk(from.pathOf(path))) {
    const name = Stage.nameOf(join(path, entry.relativePath));
    await copyEntry(entry, name, to, firstNames);
  }
}

async function copyEntry(
  { path, stat }: WalkedEntry,
  name: Path,
  { writer }: Stage,
  firstNames: Map<bigint, Path>,
): Promise<void> {
  const { mode, mtimeNs } = stat;
  if (stat.type === "dir") return writer.addDirectory(name, { mode, mtimeNs });
  if (stat.type === "symlink") {
    return writer.addSymlink(name, readLinkTarget(path) ?? "", { mtimeNs });
  }
  const first = firstNames.get(stat.ino);
  if (first !== undefined) return writer.addHardlink(name, first);
  if (stat.nlink > 1) firstNames.set(stat.ino, name);
  using source = openSource(path);
  if (source !== undefined) await writer.addFile(name, copyOf(source), { mode, mtimeNs });
}

export async function* copyOf(source: SourceFile): AsyncGenerator<Uint8Array> {
  for (let offset = 0; ; ) {
    const chunk = source.read(offset, MIB);
    if (chunk.length === 0) return;
    yield chunk;
    offset += chunk.length;
  }
}
