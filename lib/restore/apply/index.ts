/**
 * Carries out a plan: unpack and prove beside the target, adjust, swap, report.
 *
 * @module
 */
export { applyRestore } from "./apply-restore.ts";
export { includeRootsOf, MAX_CONFIG_BYTES, readConfig } from "./gateway-token.ts";
export {
  type ApplyRestoreOptions,
  type ResolvedApplyOptions,
  resolveApplyOptions,
} from "./options.ts";
export { ownerFor } from "./owner.ts";
export { type StagedRestore, stageRestore } from "./staging.ts";
export { recordOf } from "./swapping.ts";
export { Transaction } from "./transaction.ts";
