/**
 * Decides which backups are kept and which may go, with a reason for each.
 *
 * `planRetention` is a pure function of backups (with their marks), policies and the time: the same plan is shown, confirmed and applied.
 * The rules are restic's (`rules.ts`, held against the real program); what no policy may remove is in `guards.ts`; when
 * removal is suspended, in `change.ts`. Nothing here reads a storage, and nothing here removes.
 *
 * @module
 */
export { planRetention } from "./plan.ts";
export { assertPolicies, DEFAULT_POLICIES, describePolicy } from "./policy.ts";
export type * from "./types.ts";
