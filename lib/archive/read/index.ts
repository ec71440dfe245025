/**
 * Reads archives from anybody.
 *
 * `unpack.ts` decompresses, `tar-reader.ts` gives the tar's entries, `recognise.ts` tells which of the layouts names them
 * (`backup-layout.ts`, `plain-layout.ts`), and `archive-reading.ts` refuses what contradicts itself (`entry-registry.ts`). Every limit
 * is enforced while reading, before memory or output grows.
 *
 * @module
 */
export { DEFAULT_ARCHIVE_LIMITS, type ReadArchiveOptions } from "./options.ts";
export { readArchive } from "./read-archive.ts";
