import type { ArchiveEntry } from "../../archive/index.ts";
import { KIB } from "../../base/index.ts";
import { isSqliteHeader, SQLITE_HEADER_BYTES } from "../../sqlite/index.ts";

/** Up to this size a file is gathered and written with one call. */
const SMALL_BYTES: number = 256 * KIB;

/** A file's content on its way from the archive to the disk, and what was seen of it. */
export interface FileBody {
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether it begins as a SQLite database does; known once the content was read. */
  isDatabase(): boolean;
}

export async function openBody(entry: ArchiveEntry): Promise<FileBody> {
  if (entry.sizeBytes > SMALL_BYTES) return streamed(entry.body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry.body) chunks.push(chunk);
  const [only] = chunks;
  const content = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  return { content, isDatabase: () => isSqliteHeader(content) };
}

function streamed(body: AsyncIterable<Uint8Array>): FileBody {
  let head = Buffer.alloc(0);
  const content = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      if (head.length < SQLITE_HEADER_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, SQLITE_HEADER_BYTES)]);
      }
      yield chunk;
    }
  };
  return { content: content(), isDatabase: () => isSqliteHeader(head) };
}
