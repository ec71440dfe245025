/**
 * Repositories in restic's format, versions 1 and 2: what restic and rustic wrote is read, and what is written here they read.
 *
 * A repository is a set of objects that are written once, each named by the hash of its bytes and encrypted under one master key, which
 * is wrapped once for each password. A snapshot names the tree of a directory, trees name blobs by the hash of their content, indexes
 * say which pack holds a blob, and locks say who is at work. `initRepository` and `openRepository` put the parts together.
 *
 * The storage is handed in as `ObjectStorage`, the time as `Clock`, this process as `LockHolder`: nothing here touches a disk, a
 * network or a clock. Every parser is bounded; what is damaged or forged is `data-corrupt`.
 *
 * As a library of its own, here on a repository that restic made:
 *
 * ```ts
 * import { hostname } from "node:os";
 * import { Secret } from "clawback";
 * import { listSnapshots, openRepository, walkTree } from "clawback/repository";
 * import { openDirectoryStorage } from "clawback/storage";
 *
 * const holder = { hostname: hostname(), username: "me", pid: process.pid, isProcessRunning: () => true };
 * await using storage = await openDirectoryStorage({ path: "/srv/restic" });
 * const repository = await openRepository({ storage, password: new Secret("correct horse"), holder });
 * const loader = repository.createLoader(await repository.loadIndex());
 * const { snapshots } = await listSnapshots(repository.storedFiles);
 * for (const { tree, time } of snapshots) {
 *   console.log(time);
 *   const loadTree = (id) => repository.loadTree(loader, id);
 *   for await (const { path, node } of walkTree(tree, { loadTree })) console.log(node.type, path);
 * }
 * ```
 *
 * Read first: `types.ts` for the words, then `repository.ts`; the format is described in restic's doc/design.rst.
 *
 * @module
 */

export type {
  BlobLoader,
  BlobSaver,
  LoadedBlob,
  LoadManyOptions,
  SavedBlob,
  SavedTotals,
} from "./blob-store/index.ts";
export {
  type CachedStorage,
  cachedRepository,
  type RepositoryCacheOptions,
  withRepositoryCache,
} from "./cache/index.ts";
export * from "./check/index.ts";
export {
  Chunker,
  MAX_CHUNK_BYTES,
  MIN_CHUNK_BYTES,
  type ParentFile,
  pageChunkBytes,
} from "./chunker/index.ts";
export {
  type CopiedSnapshot,
  type CopyReport,
  type CopySnapshotsOptions,
  copySnapshots,
} from "./copy/index.ts";
export type { BlobIndex, IndexedPack } from "./index-file/index.ts";
export { type InitRepositoryOptions, initRepository } from "./init.ts";
export type { Loss } from "./inventory/index.ts";
export {
  RANDOM_PASSWORD_COST,
  type RepositoryKeys,
  type ScryptCost,
  type StoredKey,
} from "./key/index.ts";
export type { LockHolder, LockOptions, RepositoryLock } from "./lock/index.ts";
export * from "./prune/index.ts";
export * from "./reading/index.ts";
export * from "./repair/index.ts";
export {
  type OpenRepositoryOptions,
  openRepository,
  type Repository,
  type RepositoryOptions,
  type SavingOptions,
} from "./repository.ts";
export * from "./snapshot/index.ts";
export {
  type DocumentKind,
  isId,
  type StoredFileInfo,
  type StoredFiles,
  shortId,
} from "./stored-file/index.ts";
export { formatTimestamp, type Timestamp, timestampDate, timestampNs } from "./timestamp.ts";
export * from "./tree/index.ts";
export * from "./types.ts";
