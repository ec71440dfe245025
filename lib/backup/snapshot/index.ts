/**
 * Makes snapshots: a capture becomes restic's trees in a repository, and only what the repository lacks is stored.
 *
 * `create-snapshot.ts` is the whole run: lock, index, parent, trees, report, packs, index files, and the snapshot last, which alone
 * makes it a backup. `tree-writer.ts` turns entries into trees from the bottom up, `ancestors.ts` the directories between `/` and what was
 * captured, `file-saver.ts` cuts files into blobs. `parent-files.ts` knows the snapshot before, so that what is unchanged is not read.
 *
 * @module
 */
export { createSnapshot } from "./create-snapshot.ts";
export type * from "./types.ts";
