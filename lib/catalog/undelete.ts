import { createHash } from "node:crypto";
import { BackupError, isBackupError, quote } from "../base/index.ts";
import type { CallOptions, ObjectStorage, ObjectVersion } from "../storage/index.ts";
import { backupKeys, repositoryPrefix } from "./keys.ts";

/** One object that was deleted or replaced, and the version that is to be the current one again. */
export interface UndeleteItem {
  readonly key: string;
  readonly versionId: string;
  readonly sizeBytes: number;
  /** When that version was written. */
  readonly writtenAt: string;
  readonly state: "deleted" | "replaced";
}

export interface UndeletePlan {
  readonly location: string;
  readonly instance: string;
  /** In the order in which they are written: what others depend on first, commit points last. */
  readonly items: readonly UndeleteItem[];
  readonly bytes: number;
}

/** What shall be as it was. */
export interface UndeleteWish {
  readonly instance: string;
  /** An archive's id, or a snapshot's or its beginning; undefined: everything of the instance. */
  readonly id?: string | undefined;
  /** As it was then. @default for one backup: as it was first written, for a snapshot as it was when it was deleted */
  readonly at?: Date | undefined;
}

/** Something deleted that could be brought back whole. */
export interface DeletedBackup {
  readonly id: string;
  readonly kind: "archive" | "snapshot";
  readonly deletedAt: string;
}

type Versions = readonly [ObjectVersion, ...ObjectVersion[]];

/**
 * Finds what was deleted or replaced since, from the versions that the service keeps; reads only. What was added since stays as it is.
 * @throws BackupError `not-supported` where there are no versions; `archive-not-found` when nothing is known of the id
 */
export async function planUndelete(
  storage: ObjectStorage,
  wish: UndeleteWish,
  options: CallOptions = {},
): Promise<UndeletePlan> {
  await assertVersioned(storage, options);
  const { prefixes, at } = await placesOf(storage, wish, options);
  const items: UndeleteItem[] = [];
  let known = 0;
  for (const prefix of prefixes) {
    for await (const versions of versionsByKey(storage, prefix, options)) {
      known += 1;
      const wanted = wantedVersion(versions, at);
      const item = wanted && (await compare(storage, versions[0], wanted, options));
      if (item !== undefined) items.push(item);
    }
  }
  if (known === 0 && wish.id !== undefined) throw nothingKnown(storage, wish.id);
  items.sort((a, b) => rank(a.key) - rank(b.key) || (a.key < b.key ? -1 : 1));
  const bytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { location: storage.location, instance: wish.instance, items, bytes };
}

/**
 * Writes the old versions forward as new current ones. It needs no right to delete, except where the bucket lets nothing be replaced
 * and somebody has put another object into the place: that one is deleted first, and stays as a version.
 * @returns How many objects were written. Repeating it after a failure goes on where it stopped.
 */
export async function applyUndelete(
  storage: ObjectStorage,
  plan: UndeletePlan,
  options: CallOptions & { readonly onDone?: (item: UndeleteItem) => void } = {},
): Promise<number> {
  for (const item of plan.items) {
    await writeForward(storage, item, options);
    options.onDone?.(item);
  }
  return plan.items.length;
}

/** Lists backups that are gone and could be brought back, the last deleted first. */
export async function listDeleted(
  storage: ObjectStorage,
  instance: string,
  options: CallOptions = {},
): Promise<readonly DeletedBackup[]> {
  await assertVersioned(storage, options);
  const found: DeletedBackup[] = [];
  const places = [
    {
      kind: "archive",
      prefix: `${instance}/archives/`,
      pattern: /archives\/([^/]+)\/backup\.json$/,
    },
    { kind: "snapshot", prefix: snapshotsOf(instance), pattern: /snapshots\/([0-9a-f]{64})$/ },
  ] as const;
  for (const { kind, prefix, pattern } of places) {
    for await (const [current, ...older] of versionsByKey(storage, prefix, options)) {
      const id = pattern.exec(current.key)?.[1];
      if (id === undefined || !current.isDeleteMarker || older.every(isMarker)) continue;
      found.push({ id, kind, deletedAt: current.modifiedAt.toISOString() });
    }
  }
  return found.sort((a, b) => (a.deletedAt < b.deletedAt ? 1 : -1));
}

const isMarker = ({ isDeleteMarker }: ObjectVersion): boolean => isDeleteMarker;
const snapshotsOf = (instance: string): string => `${repositoryPrefix(instance)}snapshots/`;

async function assertVersioned(storage: ObjectStorage, options: CallOptions): Promise<void> {
  const { versioning } = await storage.features(options);
  if (versioning !== false) return;
  throw new BackupError("not-supported", `${storage.location} keeps no versions`, {
    hint: "what is deleted there is gone; a bucket with versioning keeps it for a while",
  });
}

/** Where to look, and as of when. */
async function placesOf(
  storage: ObjectStorage,
  { instance, id, at }: UndeleteWish,
  options: CallOptions,
): Promise<{ prefixes: readonly string[]; at: Date | undefined }> {
  if (id === undefined) return { prefixes: [`${instance}/`], at };
  if (!/^[0-9a-f]{8,64}$/.test(id)) {
    const keys = backupKeys(instance, id);
    return { prefixes: [keys.folder, keys.marks], at };
  }
  const snapshot = await findSnapshot(storage, instance, id, options);
  // The moment before: its index and packs were there when it was deleted, but perhaps not much longer.
  const before = new Date(snapshot.modifiedAt.getTime() - 1);
  const deletion = snapshot.isDeleteMarker ? before : undefined;
  const full = snapshot.key.slice(snapshotsOf(instance).length);
  return {
    prefixes: [repositoryPrefix(instance), backupKeys(instance, full).marks],
    at: at ?? deletion,
  };
}

async function findSnapshot(
  storage: ObjectStorage,
  instance: string,
  id: string,
  options: CallOptions,
): Promise<ObjectVersion> {
  const found: ObjectVersion[] = [];
  const prefix = snapshotsOf(instance) + id;
  for await (const [current] of versionsByKey(storage, prefix, options)) found.push(current);
  const [first, second] = found;
  if (first === undefined) throw nothingKnown(storage, id);
  if (second === undefined) return first;
  throw new BackupError(
    "ambiguous-id",
    `${quote(id)} begins the ids of ${found.length} snapshots`,
    {
      hint: "give more of its digits",
    },
  );
}

/** The versions of each key, newest first; locks and probes are nothing to bring back. */
async function* versionsByKey(
  storage: ObjectStorage,
  prefix: string,
  options: CallOptions,
): AsyncGenerator<Versions> {
  let versions: ObjectVersion[] = [];
  for await (const version of storage.listVersions(prefix, options)) {
    if (/^[^/]+\/(repository\/locks|probe)\//.test(version.key)) continue;
    if (versions[0] !== undefined && versions[0].key !== version.key) {
      yield versions as unknown as Versions;
      versions = [];
    }
    versions.push(version);
  }
  if (versions.length > 0) yield versions as unknown as Versions;
}

/** What was current then; without a time what was written first, because backups are written once. */
function wantedVersion(versions: Versions, at: Date | undefined): ObjectVersion | undefined {
  if (at === undefined) return versions.findLast(({ isDeleteMarker }) => !isDeleteMarker);
  const then = versions.find(({ modifiedAt }) => modifiedAt <= at);
  return then?.isDeleteMarker ? undefined : then;
}

async function compare(
  storage: ObjectStorage,
  current: ObjectVersion,
  wanted: ObjectVersion,
  options: CallOptions,
): Promise<UndeleteItem | undefined> {
  const { key, versionId, sizeBytes, modifiedAt } = wanted;
  if (versionId === current.versionId) return undefined;
  const state = current.isDeleteMarker ? "deleted" : "replaced";
  if (state === "replaced" && (await isSame(storage, current, wanted, options))) return undefined;
  return { key, versionId, sizeBytes, writtenAt: modifiedAt.toISOString(), state };
}

/** ETags of equal objects differ under KMS. */
async function isSame(
  storage: ObjectStorage,
  a: ObjectVersion,
  b: ObjectVersion,
  options: CallOptions,
): Promise<boolean> {
  if (a.sizeBytes !== b.sizeBytes) return false;
  if (a.etag === b.etag) return true;
  const [first, second] = await Promise.all(
    [a, b].map(({ versionId }) => hashOf(storage, a.key, { ...options, versionId })),
  );
  return first === second;
}

async function hashOf(
  storage: ObjectStorage,
  key: string,
  options: CallOptions & { readonly versionId: string },
): Promise<string> {
  const sum = createHash("sha256");
  for await (const chunk of storage.getStream(key, options)) sum.update(chunk);
  return sum.digest("hex");
}

/** A pack before the index that names it, that before its snapshot; an archive before its record. */
function rank(key: string): number {
  if (key.includes("/repository/snapshots/")) return 3;
  if (key.endsWith("/backup.json")) return 3;
  if (key.includes("/marks/")) return 4;
  return key.includes("/repository/index/") ? 2 : 1;
}

async function writeForward(
  storage: ObjectStorage,
  item: UndeleteItem,
  options: CallOptions,
): Promise<void> {
  const put = async (ifAbsent: boolean): Promise<void> => {
    const { key, versionId, sizeBytes } = item;
    const { signal } = options;
    const body = storage.getStream(key, { signal, versionId });
    await storage.putStream(key, body, { signal, ifAbsent, estimatedSizeBytes: sizeBytes });
  };
  if (item.state === "deleted") return await put(true);
  try {
    await put(false);
  } catch (error) {
    if (!isBackupError(error, "storage-access-denied")) throw error;
    await storage.delete(item.key, options);
    await put(true);
  }
}

function nothingKnown(storage: ObjectStorage, id: string): BackupError {
  return new BackupError(
    "archive-not-found",
    `${storage.location} has no version of anything of backup ${quote(id)}`,
    { hint: "see what can be brought back with: clawback undelete" },
  );
}
