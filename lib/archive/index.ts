/**
 * Writes, reads and checks archives and their OpenPGP envelope, as streams with bounded memory.
 *
 * An archive is a gzipped tar in OpenClaw's own backup format: `<root>/clawback/`, the payload in the order given,
 * `<root>/clawback/files.jsonl`, and `<root>/manifest.json` last. What bytes are put where and taken from where is left to others:
 * this module does no file and no network access.
 *
 * @module
 */
export { type ArchiveAudit, createArchiveAudit, type EntryFacts } from "./audit.ts";
export { decryptStream, encryptStream, isOpenPgp } from "./envelope/index.ts";
export {
  encodeFileList,
  formatMtime,
  type ParseFileListOptions,
  parseFileList,
  parseMtime,
} from "./list/index.ts";
export { archiveRootName, ownPathOf, storedNameOf } from "./names/index.ts";
export { DEFAULT_ARCHIVE_LIMITS, type ReadArchiveOptions, readArchive } from "./read/index.ts";
export type * from "./types.ts";
export { writeArchive } from "./write/index.ts";
