/**
 * Carries out a plan: unpack and prove beside the target, adjust, swap, report.
 *
 * @module
 */
export { applyRestore } from "./apply-restore.ts";
export type { ApplyRestoreOptions } from "./options.ts";
