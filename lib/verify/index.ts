/**
 * Proves that what was stored can be read back.
 *
 * `verifyArchive` reads one archive as a restore would: the stored bytes against their recorded SHA-256, every file against the
 * file list, every database opened and checked; nothing but databases touches the disk. `verifySnapshot` does the same with one snapshot,
 * every blob of which is decrypted and compared with the hash that names it. `probeStorage` tries every call that Clawback
 * makes of a storage, below `probe/` only. Damage is a finding in the report, never an exception; only what keeps the check itself from
 * running (no access, wrong password) throws.
 *
 * @module
 */
export * from "./doctor/index.ts";
export { createSteps, type ProbeOptions, probeStorage } from "./probe-storage.ts";
export type * from "./types.ts";
export { verifyArchive } from "./verify-archive.ts";
export { verifySnapshot } from "./verify-snapshot.ts";
