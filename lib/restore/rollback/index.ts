/**
 * Rolls back what an agent changed by its own work to how a snapshot has it: file by file, and only where it differs.
 *
 * `planRollback` compares the snapshot's tree with what is live: by type, size, mode and time, and by content where these differ or may lie.
 * `applyRollback` has a snapshot of now taken first, refuses whatever that does not hold and whatever changed since the plan, and then goes
 * the way of a restore of parts: a stage beside the place, every byte proved, one journal of renames. What it replaces or removes is put aside,
 * never destroyed. A Gateway may run meanwhile, unless databases are concerned.
 *
 * Read first: `types.ts`, `compare-held.ts`, `find-extra.ts`.
 *
 * @module
 */
export { applyRollback } from "./apply-rollback.ts";
export { DEFAULT_CLASSES } from "./choice.ts";
export { planRollback } from "./plan-rollback.ts";
export type * from "./types.ts";
