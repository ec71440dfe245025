import { BackupError, quote } from "../../base/index.ts";
import { parseMtime } from "../list/index.ts";
import { PAYLOAD } from "../names/index.ts";
import type { ArchiveEntry, ArchiveLimits, FileList, FileListEntry } from "../types.ts";
import { splitEntryPath } from "./entry-path.ts";

/**
 * The links that stand in the file list only, because OpenClaw would have refused them in the tar.
 * @throws BackupError `data-corrupt`, `path-outside-target`, `limit-exceeded`
 */
export function* listedOnlyEntries(
  list: FileList | undefined,
  limits: ArchiveLimits,
): Generator<ArchiveEntry, void, undefined> {
  for (const entry of list?.entries ?? []) {
    if (entry.listedOnly === true) yield asArchiveEntry(entry, limits);
  }
}

function asArchiveEntry(entry: FileListEntry, limits: ArchiveLimits): ArchiveEntry {
  const { type, target = "" } = entry;
  if ((type !== "symlink" && type !== "hardlink") || target === "" || target.includes("\0")) {
    throw new BackupError("data-corrupt", `file list: ${quote(entry.path)} is no link`);
  }
  return {
    type,
    role: "payload",
    path: sourcePathOf(entry.path, limits),
    storedPath: "",
    mode: entry.mode,
    mtimeNs: parseMtime(entry.mtime),
    sizeBytes: 0,
    target: type === "hardlink" ? sourcePathOf(target, limits) : target,
    body: NOTHING,
  };
}

function sourcePathOf(path: string, limits: ArchiveLimits): string {
  const segments = splitEntryPath(path, limits);
  if (path.startsWith(`${PAYLOAD}/`) && segments.join("/") === path)
    return path.slice(PAYLOAD.length);
  throw new BackupError("data-corrupt", `file list: ${quote(path)} is no path of the payload`);
}

const NOTHING: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator]() {
    // Links have no content.
  },
};
