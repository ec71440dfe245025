/**
 * Opens blobs in a thread of its own: decrypts, decompresses and hashes what another thread reads and writes to files.
 *
 * The counterpart of `pack-thread`. It is given parts of packs with what lies in them, and gives back plaintext that has the hash which
 * names it; memory is moved, not copied. A blob that is damaged comes with its error, and the others of its part go on.
 *
 * @module
 */
export { type OpenedBlob, OpenThread, type PartOfPack } from "./open-thread.ts";
