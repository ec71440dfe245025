/**
 * The OpenPGP envelope around an archive, as streams: what gpg reads and what gpg writes.
 *
 * OpenPGP.js does the work and is loaded when first used. Decryption runs with `allowUnauthenticatedStream`, so that memory stays bounded; the
 * integrity code is checked before the stream ends normally.
 *
 * @module
 */
export { decryptStream } from "./decrypt.ts";
export { encryptStream } from "./encrypt.ts";
export { isOpenPgp } from "./packets.ts";
