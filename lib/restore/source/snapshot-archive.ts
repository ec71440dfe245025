import type { ArchiveInput } from "../../archive/index.ts";
import type { SnapshotEntry, SnapshotSource } from "../types.ts";
import { viewSnapshot } from "./snapshot-view.ts";

/**
 * What an archive of the same backup consists of, in an order that `writeArchive` takes: directories and symbolic links, files as they lie in
 * packs, hard links, omissions.
 * @throws BackupError `not-supported` for a snapshot that another tool made; `data-missing`, `data-corrupt`
 */
export async function* archiveInputs(
  source: SnapshotSource,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ArchiveInput> {
  const { signal } = options;
  const view = await viewSnapshot(source, { isPart: false, signal });
  const factsOf = ({ path, mode, mtimeNs }: SnapshotEntry) => {
    return { path, mode, mtimeNs, class: view.classOf(path) };
  };
  const entries = view.listing.entries.filter((entry) => view.pathOf(entry) !== undefined);
  const files: SnapshotEntry[] = [];
  for (const entry of entries) {
    const { type, target = "" } = entry;
    if (type === "file") files.push(entry);
    if (type === "dir") yield { ...factsOf(entry), type };
    if (type === "symlink") yield { ...factsOf(entry), type, target };
  }
  for await (const { file, content } of source.snapshot.readFiles(files, { signal })) {
    const { sizeBytes, isDamaged: damaged } = file;
    yield { ...factsOf(file), type: "file", sizeBytes, content, damaged };
  }
  for (const entry of entries) {
    const { type, target = "" } = entry;
    if (type === "hardlink") yield { ...factsOf(entry), type, target };
  }
  for (const omission of view.contents.fileList?.omissions ?? []) {
    yield { type: "omission", omission };
  }
}
