import { createHash } from "node:crypto";
import { isBackupError, MIB } from "../base/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import type { BackupRecord } from "./types.ts";

/** About twenty thousand records; when there are more, the oldest are read again each time. */
const MAX_CACHE_BYTES: number = 32 * MIB;
const CACHE_VERSION = 1;

/** A record as it was read under a key when the object had this ETag. */
export interface CachedRecord<T = BackupRecord> {
  readonly key: string;
  readonly etag: string;
  readonly record: T;
}

/** Names what is cached together: the records of one instance in one storage. */
export interface CacheSubject {
  readonly storageId: string;
  /** The storage's own description, so that an id given to another place does not meet the old one's records. */
  readonly location: string;
  readonly instance: string;
  /** What is cached apart from the records of archives. */
  readonly part?: "snapshots" | undefined;
}

/**
 * Loads cached records by key. The first line of the object is the SHA-256 of the rest; whatever does not fit is as good as
 * nothing, since the cache only spares reading.
 */
export async function loadCachedRecords<T = BackupRecord>(
  cache: ObjectStorage | undefined,
  subject: CacheSubject,
  options: CallOptions = {},
): Promise<ReadonlyMap<string, CachedRecord<T>>> {
  const bytes = await read(cache, cacheKey(subject), options);
  const list = bytes === undefined ? [] : decode<T>(bytes, subject);
  return new Map(list.map((cached) => [cached.key, cached]));
}

/** Replaces the cached records; a cache that cannot be written is no failure. */
export async function saveCachedRecords(
  cache: ObjectStorage | undefined,
  subject: CacheSubject,
  records: readonly CachedRecord<unknown>[],
  options: CallOptions = {},
): Promise<void> {
  try {
    await cache?.put(cacheKey(subject), encode(subject, records), options);
  } catch (error) {
    if (!isBackupError(error) || isBackupError(error, "cancelled")) throw error;
  }
}

async function read(
  cache: ObjectStorage | undefined,
  key: string,
  options: CallOptions,
): Promise<Uint8Array | undefined> {
  try {
    return await cache?.get(key, MAX_CACHE_BYTES, options);
  } catch (error) {
    if (!isBackupError(error) || isBackupError(error, "cancelled")) throw error;
    return undefined;
  }
}

function cacheKey({ storageId, instance, part }: CacheSubject): string {
  return part === undefined
    ? `${storageId}/${instance}.json`
    : `${storageId}/${part}/${instance}.json`;
}

function encode(subject: CacheSubject, records: readonly CachedRecord<unknown>[]): Uint8Array {
  const newestFirst = records.toSorted((a, b) => (a.key < b.key ? 1 : -1));
  const lines: string[] = [JSON.stringify(header(subject))];
  let size = 0;
  for (const cached of newestFirst) {
    const line = JSON.stringify(cached);
    // A character has at most three bytes in UTF-8; a kilobyte is left for the two first lines.
    size += 3 * line.length + 1;
    if (size > MAX_CACHE_BYTES - 4096) break;
    lines.push(line);
  }
  const body = lines.join("\n");
  return new TextEncoder().encode(`${hashOf(body)}\n${body}`);
}

function decode<T>(bytes: Uint8Array, subject: CacheSubject): readonly CachedRecord<T>[] {
  const text = new TextDecoder().decode(bytes);
  const end = text.indexOf("\n");
  const body = text.slice(end + 1);
  if (end === -1 || text.slice(0, end) !== hashOf(body)) return [];
  const [first, ...lines] = body.split("\n");
  if (first !== JSON.stringify(header(subject))) return [];
  return lines.map((line): CachedRecord<T> => JSON.parse(line));
}

function header({ storageId, location, instance, part }: CacheSubject): unknown {
  return { version: CACHE_VERSION, storageId, location, instance, part };
}

function hashOf(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}
