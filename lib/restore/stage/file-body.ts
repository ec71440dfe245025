import { KIB } from "../../base/index.ts";
import { isSqliteHeader, SQLITE_HEADER_BYTES } from "../../sqlite/index.ts";
import type { SourceEntry } from "../source/index.ts";

/** Up to this size a file is gathered and written with one call. */
const SMALL_BYTES: number = 256 * KIB;

/** A file's content on its way from the backup to the disk, and what was seen of it. */
export interface FileBody {
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether it begins as a SQLite database does; known once the content was read. */
  isDatabase(): boolean;
}

export async function openBody(entry: SourceEntry): Promise<FileBody> {
  const { whole } = entry;
  if (whole !== undefined) return { content: whole, isDatabase: () => isSqliteHeader(whole) };
  if (entry.sizeBytes > SMALL_BYTES) return streamed(entry.body);
  const content = await gather(entry);
  return { content, isDatabase: () => isSqliteHeader(content) };
}

/** Nearly always one chunk, which is given as it is; it is valid until the next entry is asked for. */
async function gather({ body, sizeBytes }: SourceEntry): Promise<Uint8Array> {
  let gathered: Uint8Array = NOTHING;
  let filled = 0;
  for await (const chunk of body) {
    const isWhole = chunk.length === sizeBytes;
    if (filled === 0) gathered = isWhole ? chunk : Buffer.allocUnsafe(sizeBytes);
    if (!isWhole) gathered.set(chunk, filled);
    filled += chunk.length;
  }
  return gathered.subarray(0, filled);
}

const NOTHING = new Uint8Array(0);

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
