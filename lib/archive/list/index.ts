/**
 * `files.jsonl`: one line of JSON for each entry of an archive, in the order of the tar, and one for each omission.
 *
 * It stands in the tar just before the manifest, and once more beside the archive, gzipped, with the offset of each file's gzip member.
 *
 * @module
 */
export { encodeFileList } from "./encode-file-list.ts";
export { type FileListLimits, FileListParser } from "./file-list-parser.ts";
export { FileListWriter } from "./file-list-writer.ts";
export { formatMtime, parseMtime } from "./mtime.ts";
export { type ParseFileListOptions, parseFileList } from "./parse-file-list.ts";
