import { BackupError, formatSize, isBackupError, quote } from "../../base/index.ts";
import { readFiles } from "../../repository/index.ts";
import type { OpenedSnapshot } from "./show-snapshot.ts";
import type { FoundNode } from "./snapshot-paths.ts";

/**
 * The content of one file of a snapshot, in pieces that may be reused once the next one is asked for.
 * @throws BackupError `invalid-argument` for what is no file; `data-missing`, `data-corrupt` naming file and pack
 */
export async function* contentOf(
  { loader, index }: OpenedSnapshot,
  { path, node }: FoundNode,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (node.type !== "file" || node.content === null) {
    throw new BackupError("invalid-argument", `${quote(path)} is a ${node.type}, not a file`);
  }
  const file = { content: node.content, sizeBytes: Number(node.sizeBytes ?? 0n) };
  for await (const { content } of readFiles([file], { loader, index, signal })) {
    try {
      if (content instanceof Uint8Array) yield content;
      else yield* content;
    } catch (error) {
      if (!isBackupError(error) || error.category !== "integrity") throw error;
      throw inFile(path, error);
    }
  }
}

/** All of it. @throws BackupError `limit-exceeded` */
export async function wholeContentOf(
  opened: OpenedSnapshot,
  found: FoundNode,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const sizeBytes = Number(found.node.sizeBytes ?? 0n);
  if (sizeBytes > maxBytes) {
    const message = `${quote(found.path)} has ${formatSize(sizeBytes)}, more than ${formatSize(maxBytes)}`;
    throw new BackupError("limit-exceeded", message);
  }
  const pieces: Buffer[] = [];
  for await (const piece of contentOf(opened, found, signal)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function inFile(path: string, cause: BackupError): BackupError {
  return new BackupError(cause.code, `file ${quote(path)}: ${cause.message}`, {
    details: { ...cause.details, path },
    hint: cause.hint,
    cause,
  });
}
