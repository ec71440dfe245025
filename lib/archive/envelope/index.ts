/**
 * The OpenPGP envelope around an archive, as streams: what gpg reads and what gpg writes.
 *
 * OpenPGP.js, loaded when first used, encrypts, and finds the session key in what is to be decrypted. The data itself is decrypted here
 * (`protected-data.ts`, `plain-packets.ts`), with bounded memory and the integrity code checked before the stream ends normally; only rare
 * forms go through OpenPGP.js and memory (`decrypt-buffered.ts`).
 *
 * @module
 */
export { decryptStream } from "./decrypt.ts";
export { encryptStream } from "./encrypt.ts";
export { describePublicKeys, type PublicKeyFacts } from "./keys.ts";
export { isOpenPgp } from "./packets.ts";
