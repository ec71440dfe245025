import { assertInstanceName } from "../base/index.ts";
import type { CallOptions, ObjectInfo, ObjectStorage } from "../storage/index.ts";
import { listArchiveFolders } from "./archive-folders.ts";

/** Objects of an archive that was never committed, or whose deletion was cut short. It does not exist for anyone. */
export interface UncommittedArchive {
  readonly id: string;
  readonly objects: readonly ObjectInfo[];
  readonly sizeBytes: number;
  /** When the last of its objects was written. */
  readonly modifiedAt: Date;
}

/**
 * Finds what a killed `create` left below `archives/`. Only what nobody has added to since `olderThan` counts: a younger one may be a
 * backup that is being made at this moment.
 * @throws What the storage throws
 */
export async function findUncommitted(
  storage: ObjectStorage,
  instance: string,
  olderThan: Date,
  options: CallOptions = {},
): Promise<readonly UncommittedArchive[]> {
  assertInstanceName(instance);
  const folders = await listArchiveFolders(storage, instance, options);
  return folders
    .filter((folder) => !folder.objects.has("backup.json"))
    .map((folder) => describe(folder.id, [...folder.objects.values()]))
    .filter((archive) => archive.modifiedAt < olderThan);
}

function describe(id: string, objects: readonly ObjectInfo[]): UncommittedArchive {
  const newest = (time: number, object: ObjectInfo) => Math.max(time, object.modifiedAt.getTime());
  return {
    id,
    objects,
    sizeBytes: objects.reduce((sum, object) => sum + object.sizeBytes, 0),
    modifiedAt: new Date(objects.reduce(newest, 0)),
  };
}
