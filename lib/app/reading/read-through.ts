import { createHash } from "node:crypto";
import {
  type ArchiveContents,
  type ArchiveEntry,
  createArchiveAudit,
  decryptStream,
  type FileListEntry,
  type Finding,
  formatMtime,
  readArchive,
} from "../../archive/index.ts";
import { isSqliteHeader, SQLITE_HEADER_BYTES } from "../../sqlite/index.ts";
import type { AppContext } from "../context.ts";
import type { OpenedSource } from "./sources.ts";

/** What an archive turned out to hold, once it was read to its end. */
export interface ReadThrough {
  readonly contents: ArchiveContents;
  /** As the archive lists them, or as they were found where it has no list. */
  readonly entries: readonly FileListEntry[];
  /** Databases found by their header. */
  readonly databases: number;
  readonly findings: readonly Finding[];
}

/** Reads an archive to its end and keeps nothing of it but what it holds. */
export async function readThrough(
  app: AppContext,
  { source, keys }: OpenedSource,
): Promise<ReadThrough> {
  app.onProgress?.({ type: "phase", phase: "reading" });
  const isEncrypted = keys.passphrases.length + keys.privateKeys.length > 0;
  const bytes = isEncrypted ? decryptStream(source.open(), keys) : source.open();
  const reader = readArchive(bytes, { signal: app.signal });
  const audit = createArchiveAudit();
  const entries: FileListEntry[] = [];
  let databases = 0;
  let read = 0;
  for await (const found of reader) {
    const entry = audit.watch(found);
    const body = await readBody(entry);
    read += entry.sizeBytes;
    if (body.isDatabase && entry.role === "payload") databases++;
    if (entry.role === "payload") entries.push(toListEntry(entry, body.sha256));
    app.onProgress?.({ type: "progress", files: entries.length, bytes: read });
  }
  const contents = reader.contents();
  const findings = audit.findings(contents);
  return { contents, entries: contents.fileList?.entries ?? entries, databases, findings };
}

async function readBody({ body }: ArchiveEntry): Promise<{ sha256: string; isDatabase: boolean }> {
  const hash = createHash("sha256");
  let isDatabase: boolean | undefined;
  for await (const chunk of body) {
    isDatabase ??= chunk.length >= SQLITE_HEADER_BYTES && isSqliteHeader(chunk);
    hash.update(chunk);
  }
  return { sha256: hash.digest("hex"), isDatabase: isDatabase ?? false };
}

/** A line of the list that another tool's archive lacks. Its classes are not known. */
function toListEntry(entry: ArchiveEntry, sha256: string): FileListEntry {
  const { type, path, sizeBytes, mode, mtimeNs = 0n, target } = entry;
  return {
    path: path.startsWith("/") ? `payload/posix${path}` : path,
    type,
    sizeBytes,
    mode,
    mtime: formatMtime(mtimeNs),
    class: "other",
    ...(type === "file" ? { sha256 } : {}),
    ...(target === undefined ? {} : { target }),
  };
}
