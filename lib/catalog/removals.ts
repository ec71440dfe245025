import { z } from "zod";
import { createBackupId, DAY_MS, isBackupError, MIB } from "../base/index.ts";
import type { Id } from "../repository/index.ts";
import type { CallOptions, ObjectStorage } from "../storage/index.ts";
import { removalsPrefix } from "./keys.ts";

/**
 * What somebody removed from the repository of an instance on purpose. A check tells by it what was removed from what is missing.
 */
export interface Removal {
  readonly snapshots?: readonly Id[] | undefined;
  /** Key files: passwords that were taken out of use. */
  readonly keys?: readonly Id[] | undefined;
}

const VERSION = 1;
const MAX_REMOVAL_BYTES: number = 16 * MIB;
/** Clocks of machines that remove and of those that check differ. */
const MARGIN_MS: number = DAY_MS;

/**
 * Writes down what is about to be removed, in an object of its own: one for all that is removed together. Where that may not be written,
 * what is removed only looks as if it were missing.
 * @throws What the storage throws, except for a refusal
 */
export async function recordRemoval(
  storage: ObjectStorage,
  instance: string,
  removal: Removal,
  options: CallOptions & { readonly now: Date },
): Promise<void> {
  const { now, signal } = options;
  const key = `${removalsPrefix(instance)}${createBackupId(now)}.json`;
  const body = new TextEncoder().encode(`${JSON.stringify({ version: VERSION, ...removal })}\n`);
  try {
    await storage.put(key, body, { ifAbsent: true, signal });
  } catch (error) {
    if (!isBackupError(error, "storage-access-denied")) throw error;
  }
}

/**
 * The ids of all that was removed on purpose since some time. A record that cannot be read is passed over: it hides nothing, and what it named
 * looks as if it were missing.
 * @throws What the storage's listing throws
 */
export async function readRemovals(
  storage: ObjectStorage,
  instance: string,
  options: CallOptions & { readonly since: Date },
): Promise<ReadonlySet<Id>> {
  const { since, signal } = options;
  const prefix = removalsPrefix(instance);
  const startAfter = prefix + timeOf(new Date(since.getTime() - MARGIN_MS));
  const removed = new Set<Id>();
  for await (const { key } of storage.list(prefix, { startAfter, signal })) {
    for (const id of await readOne(storage, key, { signal })) removed.add(id);
  }
  return removed;
}

async function readOne(storage: ObjectStorage, key: string, options: CallOptions): Promise<Id[]> {
  try {
    const text = new TextDecoder().decode(await storage.get(key, MAX_REMOVAL_BYTES, options));
    const { snapshots, keys } = buildSchema().parse(JSON.parse(text));
    return [...snapshots, ...keys];
  } catch (error) {
    const isUnreadable = error instanceof SyntaxError || error instanceof z.ZodError;
    if (isUnreadable || isBackupError(error, "limit-exceeded", "storage-object-not-found"))
      return [];
    throw error;
  }
}

function buildSchema() {
  const ids = z.array(z.string().max(64)).default([]);
  return z.object({ version: z.literal(VERSION), snapshots: ids, keys: ids });
}

/** As an id begins that was made then: `20261121T030000Z`. */
function timeOf(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}
