/**
 * Unpacks archives into private directories beside what they will replace, and proves there that they are sound.
 *
 * @module
 */
export { assertNotTooNew, type CheckedDatabase, refuseDamaged } from "./databases.ts";
export { restage } from "./restage.ts";
export { type Owner, Stage } from "./stage.ts";
export { type StagedEntry, StagedTree } from "./staged-tree.ts";
export { type Unpacked, type UnpackOptions, unpack } from "./unpack.ts";
