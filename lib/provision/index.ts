/**
 * Makes, checks and takes away what backups need in an account: the bucket, its settings, the KMS key, policies and roles.
 *
 * `policies/` are pure functions from data to the documents that hold the promise that a machine cannot destroy its own backups. A
 * {@link Blueprint} says what shall stand; `resources/` look at what does, and name the exact requests that are missing. A plan is that,
 * as data; applying it looks again before each request, waits until each thing shows, and can be repeated after any failure. Checking is
 * planning: what a plan would change is drift. Nothing here knows what the objects mean, and nothing deletes data or keys.
 *
 * Read first: `types.ts`, then `policies/role-policies.ts`.
 *
 * @module
 */
export { type ApplyOptions, type ApplyReport, applyProvision } from "./apply.ts";
export { actionOf, type CloudOptions } from "./cloud/index.ts";
export { assertBucketName, assertKeyAlias, iamName, proposeBucketName } from "./names.ts";
export {
  assertPossible,
  differences,
  findCaller,
  planFromNothing,
  planProvision,
} from "./plan.ts";
export * from "./policies/index.ts";
export * from "./print/index.ts";
export {
  assessProtection,
  findDangers,
  type ProtectedPlace,
  type Protection,
} from "./protection.ts";
export { applyTeardown, planTeardown, type TeardownPlan } from "./teardown.ts";
export type * from "./types.ts";
