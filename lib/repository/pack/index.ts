/**
 * Packs: objects that hold several encrypted blobs and, at their end, an encrypted header that lists them.
 *
 * `layout.ts` has the sizes, `header.ts` the header's codec. On the way out, `Packer` turns blobs of one type into packs; it is
 * synchronous, because it runs where blobs are made, in a worker too, and gives out no pack that it has not decoded again and
 * compared. On the way in, `readPackHeader` lists a pack without an index, and `openBlob` decodes one blob of it.
 *
 * A pack's header is authenticated as a whole, each blob by itself and by the hash that names it. Lengths are checked against
 * what is there before anything is allocated for them. What does not fit is `data-corrupt`.
 *
 * @module
 */
export { type EncodedBlob, encodeBlob, openBlob } from "./blob.ts";
export { decodeHeader, encodeHeader } from "./header.ts";
export {
  DEFAULT_PACK_BYTES,
  entryBytes,
  MAX_BLOB_BYTES,
  MAX_HEADER_BYTES,
  MAX_PACK_BYTES,
  MAX_STORED_BLOB_BYTES,
  MIN_PACK_BYTES,
  PACK_OVERHEAD_BYTES,
  packSizeBytes,
} from "./layout.ts";
export { type FinishedPack, PackBuilder } from "./pack-builder.ts";
export { type AddBlobOptions, Packer, type PackerOptions } from "./packer.ts";
export { type ReadRange, readPackHeader, type StoredPack } from "./read-header.ts";
