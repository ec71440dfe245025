/**
 * Copies snapshots into another repository, restic's `copy`: what the other one lacks is decrypted, held against its hash, encrypted with the
 * other's key and packed anew.
 *
 * Blobs are named by their content, so that those that both repositories have are not even read. A snapshot is stored when everything it
 * names is; whatever breaks off before leaves blobs that the next copy finds. The copy says in `original` of which snapshot it is one, and
 * is made once. Repositories cut files alike when the other was created with the same chunker polynomial; else copies share nothing
 * with snapshots that are taken there.
 *
 * @module
 */
export { copySnapshots } from "./copy-snapshots.ts";
export type { CopiedSnapshot, CopyReport, CopySnapshotsOptions } from "./types.ts";
