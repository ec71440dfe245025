import { BackupError } from "../base/index.ts";
import type { CallOptions, ObjectInfo, ObjectStorage } from "../storage/index.ts";
import { archivesPrefix } from "./keys.ts";

/** Far more than a bucket holds, far less than memory does. */
const MAX_OBJECTS = 2_000_000;

/** The objects of one folder below `archives/`. */
export interface ArchiveFolder {
  readonly id: string;
  /** By name within the folder. */
  readonly objects: ReadonlyMap<string, ObjectInfo>;
}

/**
 * Groups the objects below `archives/` by folder, in key order.
 * @throws BackupError `limit-exceeded`; what the storage throws
 */
export async function listArchiveFolders(
  storage: ObjectStorage,
  instance: string,
  options: CallOptions,
): Promise<readonly ArchiveFolder[]> {
  const prefix = archivesPrefix(instance);
  const folders = new Map<string, Map<string, ObjectInfo>>();
  let total = 0;
  for await (const object of storage.list(prefix, options)) {
    if (++total > MAX_OBJECTS) throw tooMany(storage, prefix);
    const rest = object.key.slice(prefix.length);
    const slash = rest.indexOf("/");
    if (slash <= 0) continue;
    const id = rest.slice(0, slash);
    const objects = folders.get(id) ?? new Map<string, ObjectInfo>();
    folders.set(id, objects.set(rest.slice(slash + 1), object));
  }
  return [...folders].map(([id, objects]) => ({ id, objects }));
}

function tooMany(storage: ObjectStorage, prefix: string): BackupError {
  return new BackupError(
    "limit-exceeded",
    `${storage.location} holds more than ${MAX_OBJECTS} objects below ${prefix}`,
  );
}
