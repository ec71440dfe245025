/**
 * Where files are cut into blobs.
 *
 * Ordinary files are cut as restic cuts them, byte for byte, so that restic and Clawback share the blobs of a file that both have
 * stored: by a Rabin fingerprint over a window of 64 bytes, with the repository's own irreducible polynomial (`chunker.ts`).
 * SQLite databases are cut at multiples of a fixed size instead, because their pages change in place (`page-chunks.ts`).
 *
 * Nothing here reads files or knows of blobs. The polynomial decides the places of the cuts and is a secret of the repository.
 *
 * @module
 */
export { Chunker, type ChunkerOptions, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES } from "./chunker.ts";
export { type ParentFile, pageChunkBytes } from "./page-chunks.ts";
export { isIrreducible, POLYNOMIAL_DEGREE, randomPolynomial } from "./polynomial.ts";
