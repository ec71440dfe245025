/**
 * Writes, reads and checks archives and their OpenPGP envelope, as streams with bounded memory.
 *
 * What bytes are put where and taken from where is left to others: this module does no file and no network access. Writing is in
 * `write/`, reading of anybody's archives in `read/`; start with `types.ts`.
 *
 * FORMAT. An archive is OpenClaw's backup format, manifest schema 1: a gzipped tar that `openclaw backup verify` and `restore` take.
 *
 * - `<root>/clawback/` comes first and tells that the archive is ours. `<root>` is named like OpenClaw's own, by time.
 * - `<root>/payload/posix/<source path>`: the entries as captured, directories before what they hold, hard links after their target.
 * - `<root>/clawback/damaged/<source path>`: raw bytes of databases that could not be captured; never restored to their place.
 * - `<root>/clawback/files.jsonl`: a line for each entry (path below the root, own name, true mode, time in nanoseconds, SHA-256, class; `storedAs`
 *   where the tar has another name) and for each omission. An entry with `listedOnly` is a link that OpenClaw would have refused.
 * - `<root>/manifest.json` comes last: OpenClaw's manifest with a `clawback` object, which has our own facts, counts and the list's SHA-256.
 *
 * Names that OpenClaw refuses are stored as `clawback~` and an escape (`names/component.ts`); where that does not lead back, pax records
 * `CLAWBACK.path`, `.linkpath` and `.mode` say what is meant. The tar is cut into independent gzip members of at most 1 MiB; each file's header
 * is in a member that begins with an entry's header, and the list stored beside the archive says where that member begins.
 *
 * @module
 */
export { type ArchiveAudit, createArchiveAudit, type EntryFacts } from "./audit.ts";
export {
  decryptStream,
  describePublicKeys,
  encryptStream,
  isOpenPgp,
  type PublicKeyFacts,
} from "./envelope/index.ts";
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
