/**
 * Packs blobs in a thread of its own, beside the one that reads files and asks the index.
 *
 * Compressing, encrypting and checking a pack takes as long as reading and hashing what goes into it: on two processors a first
 * snapshot takes a little more than half of the time. The thread has no storage and no index; it is given plaintext
 * with its hash, in batches that are moved and not copied, and gives back packs that it has decoded and compared.
 *
 * @module
 */
export { PackThread, type PackThreadOptions } from "./pack-thread.ts";
