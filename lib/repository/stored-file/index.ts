/**
 * The files of a repository as a storage holds them: where each lies, that its name is the SHA-256 of its bytes, and, for those that
 * are not packs, the way from JSON to encrypted bytes and back.
 *
 * A file is written once and never changed. What is read is held against its name first, then against its MAC; what is written is read
 * back from the encrypted bytes before it is stored. Every size is bounded. What the JSON means is known to `index-file`, `snapshot`
 * and `lock`; `config` and key files have forms of their own.
 *
 * @module
 */
export { folderOf, idOfObjectKey, isId, objectKeyOf, shortId } from "./object-key.ts";
export {
  deleteFile,
  idOf,
  inFile,
  listFiles,
  loadRawFile,
  type StoredFileInfo,
  saveRawFile,
} from "./raw-file.ts";
export {
  createStoredFiles,
  type DocumentKind,
  type SealedFile,
  type StoredFiles,
  type StoredFilesOptions,
} from "./stored-files.ts";
