/**
 * Decides which backups are kept and which may go, with a reason for each, and removes those that may.
 *
 * `planRetention` is a pure function of backups (with their marks), policies and the time: the same plan is shown, confirmed and applied.
 * The rules are restic's (`rules.ts`, held against the real program); what no policy may remove is in `guards.ts`; when
 * removal is suspended, in `change.ts`. Planning reads no storage. `removeBackups` removes what it is given, and only `app` decides that this is
 * what a plan said and a person confirmed.
 *
 * @module
 */
export { planRetention } from "./plan.ts";
export { assertPolicies, DEFAULT_POLICIES, describePolicy } from "./policy.ts";
export {
  type ConfiguredPolicies,
  type ConfiguredPolicy,
  RETENTION_PRESETS,
  resolvePolicies,
} from "./presets.ts";
export {
  type RemovalFailure,
  type RemovalPlace,
  type RemovalReport,
  type RemoveOptions,
  removeBackups,
} from "./remove.ts";
export type * from "./types.ts";
