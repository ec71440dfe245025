/**
 * The only way from the rest of the library to files: walks trees, reads and publishes files, writes trees from untrusted
 * archives, locks, private directories.
 *
 * Everything takes and gives {@link Path}s, in which every file name survives. Nothing here follows a symbolic link except where
 * it says so (small-file access and `realPath`), and nothing that was half written is left under its final name: files are
 * published by rename or link, trees are written by a `TreeWriter` into a fresh directory that its owner then moves.
 * What cannot be read is `source-unreadable`, what cannot be written is `no-space`, `target-not-empty`, `path-not-found` or
 * `home-unusable`; `details.systemCode` is Node's code, and absence is `undefined`.
 *
 * Read first: `types.ts`, then `tree-writer/`, where hostile input arrives.
 *
 * @module
 */

export { flushTree, fsyncDirectory } from "./flush.ts";
export { type FreeSpace, freeSpace } from "./free-space.ts";
export * from "./journal/index.ts";
export { lockFile } from "./lock-file.ts";
export { makeDirectory } from "./make-directory.ts";
export { movePath, removeTree } from "./move.ts";
export { isProcessRunning, type OwnProcess, ownProcess } from "./own-process.ts";
export { type OwnerNames, readOwnerNames } from "./owner-names.ts";
export { compareBytes, fsPath, isSameOrInside, pathFromBuffer } from "./path.ts";
export {
  abandonedPrivateDirectories,
  createPrivateDirectory,
  sweepPrivateDirectories,
} from "./private-directory.ts";
export { createFileSink, type FileSink, type PublishOptions, publishFile } from "./publish.ts";
export { isReplaceable, isWritable } from "./replaceable.ts";
export { setModifiedTime } from "./set-time.ts";
export { listDirectory, readFileIfExists, readTextIfExists } from "./small-files.ts";
export { openSource } from "./source-file.ts";
export {
  deviceOf,
  isMountPoint,
  mountPointsBelow,
  pathExists,
  readLinkTarget,
  realPath,
  renameDomain,
  statPath,
} from "./stat.ts";
export { createTreeWriter, type TreeWriterOptions } from "./tree-writer/index.ts";
export type * from "./types.ts";
export { walk } from "./walk.ts";
