/**
 * Indexes: which pack holds which blob, and where.
 *
 * `decodeIndex` and `encodeIndex` are the codec of one index file's JSON; `IndexWriter` cuts what was stored into such files.
 * `BlobIndex` holds all of a repository's indexes in memory, at under 60 bytes a blob; `loadBlobIndex` fills it from the index
 * files, `rebuildBlobIndex` from the headers of the packs when those are lost.
 *
 * An index file is written once. All blobs of a pack stand in one file; a pack may stand in two files with equal content only,
 * and one that does not is remembered as a conflict. Loading and saving the files is handed in.
 *
 * @module
 */
export { BlobIndex, type IndexedPack } from "./blob-index.ts";
export { decodeIndex, type MarkedPack } from "./decode-index.ts";
export { encodeIndex } from "./encode-index.ts";
export { BlobSet, IdSet } from "./id-set.ts";
export { IndexWriter, type IndexWriterOptions } from "./index-writer.ts";
export { type LoadIndexOptions, loadBlobIndex } from "./load-index.ts";
export { type RebuiltIndex, rebuildBlobIndex, type UnreadablePack } from "./rebuild-index.ts";
export { writeIndexFiles } from "./write-index-files.ts";
