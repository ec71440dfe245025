/**
 * Names in an archive: what a source path is called in the tar, and back.
 *
 * Nearly always they are the same. Where OpenClaw would refuse a name, it is stored under an escape that leads back to it
 * (`component.ts`); `stored-paths.ts` decides for each path, `path-table.ts` remembers many paths in little memory.
 *
 * @module
 */
export { isShortened, ownPathOf, storedNameOf } from "./component.ts";
export { PathTable } from "./path-table.ts";
export { hasTextBeyond } from "./pax-header.ts";
export { decodeRecord, encodeRecord, RECORDS } from "./records.ts";
export { archiveRootName } from "./root-name.ts";
export { type Area, DAMAGED, foldPath, PAYLOAD, StoredPaths } from "./stored-paths.ts";
