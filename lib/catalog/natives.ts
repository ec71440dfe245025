import { allTogether, isBackupError } from "../base/index.ts";
import type { CallOptions, ObjectInfo, ObjectStorage } from "../storage/index.ts";
import type { Backup, CatalogStorage } from "./types.ts";

const SUFFIX = "-openclaw-backup.tar.gz";
/** Local time with its offset from UTC, colons as dashes: `2026-11-20T08-36-45.918+00-00`. */
const STAMP = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})([+-]\d\d)-(\d\d)$/;
/** Every name that `openclaw backup create` makes by itself begins so, until the year 2100. */
const STAMPED_PREFIX = "20";

export interface ListNativesOptions extends CallOptions {
  /** Also those that were given another name, which takes a request per folder. */
  readonly thorough: boolean;
}

/**
 * Lists archives that `openclaw backup create` made and that were put into a storage as they are: at its top, where they belong to no
 * instance (`""`) and are listed for each, and in an instance's folder.
 *
 * What is known of them is their name, size and time; they are never taken for full, so that only naming one selects it. An
 * instance whose credentials end at its own folder sees those in it.
 */
export async function listNatives(
  source: CatalogStorage,
  instances: readonly string[],
  options: ListNativesOptions,
): Promise<readonly Backup[]> {
  const places = [{ instance: "", prefix: "" }].concat(
    instances.map((instance) => ({ instance, prefix: `${instance}/` })),
  );
  const list = async (signal: AbortSignal, { instance, prefix }: (typeof places)[number]) => {
    const objects = options.thorough
      ? listDirectlyBelow(source.storage, prefix, { signal })
      : source.storage.list(prefix + STAMPED_PREFIX, { signal });
    try {
      return await collect(objects, { prefix, instance, storage: source.id });
    } catch (error) {
      if (prefix === "" && isBackupError(error, "storage-access-denied")) return [];
      throw error;
    }
  };
  const start = (signal: AbortSignal) => places.map((place) => list(signal, place));
  return (await allTogether(start, options.signal)).flat();
}

async function collect(
  objects: AsyncIterable<ObjectInfo>,
  place: { readonly prefix: string; readonly instance: string; readonly storage: string },
): Promise<Backup[]> {
  const natives: Backup[] = [];
  for await (const object of objects) {
    const name = object.key.slice(place.prefix.length);
    if (name.includes("/") || !name.endsWith(SUFFIX)) continue;
    natives.push(toNative(object, name, place));
  }
  return natives;
}

/** The objects that lie directly in a folder: each folder in it is passed over with a new listing. */
async function* listDirectlyBelow(
  storage: ObjectStorage,
  prefix: string,
  options: CallOptions,
): AsyncGenerator<ObjectInfo> {
  let startAfter: string | undefined;
  for (let isWhole = false; !isWhole; ) {
    isWhole = true;
    for await (const object of storage.list(prefix, { ...options, startAfter })) {
      const slash = object.key.indexOf("/", prefix.length);
      if (slash === -1) yield object;
      const end = `${object.key.slice(0, slash + 1)}\u{10ffff}`;
      if (slash === -1 || end === startAfter) continue;
      startAfter = end;
      isWhole = false;
      break;
    }
  }
}

function toNative(
  object: ObjectInfo,
  name: string,
  place: { readonly instance: string; readonly storage: string },
): Backup {
  const id = name.slice(0, -".tar.gz".length);
  return {
    id,
    kind: "native",
    name: null,
    instance: place.instance,
    tags: [],
    scope: { full: false, classes: [], onlyConfig: false, includeWorkspace: true },
    storage: place.storage,
    createdAt: (timeOfName(name) ?? object.modifiedAt).toISOString(),
    sizeBytes: 0,
    storedBytes: object.sizeBytes,
    files: 0,
    bytes: 0,
    databases: 0,
    omissions: 0,
    degraded: false,
    encrypted: false,
    durationMs: 0,
    held: false,
    objectKey: object.key,
    openclawVersion: "unknown",
    host: "unknown",
  };
}

function timeOfName(name: string): Date | undefined {
  const match = STAMP.exec(name.slice(0, -SUFFIX.length));
  if (match === null) return undefined;
  const [, day, hour, minute, second, offsetHour, offsetMinute] = match;
  const time = new Date(`${day}T${hour}:${minute}:${second}${offsetHour}:${offsetMinute}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
