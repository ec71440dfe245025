/**
 * What every byte of a repository passes through on its way out and in: zstd, and encryption with authentication.
 *
 * AES and random numbers come from Node; Poly1305 from libsodium, or from JavaScript where that has no binary, with equal results.
 * Everything is synchronous, because it runs on blobs of a few kilobytes in the thread that makes them.
 * What is damaged or forged is `data-corrupt`, before any of its plaintext is given out.
 *
 * @module
 */
export { assertMasterKey, generateMasterKey, KEY_BYTES, splitKey } from "./master-key.ts";
export { loadPoly1305, type OneTimeAuth, type Poly1305Implementation } from "./poly1305.ts";
export { createSealer, type SealerOptions } from "./sealer.ts";
export { compressZstd, decompressZstd, decompressZstdUpTo } from "./zstd.ts";
