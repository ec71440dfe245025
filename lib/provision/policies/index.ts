/**
 * The texts that hold the promise: data in, JSON documents out. What each statement is for stands in `explain.ts`.
 *
 * @module
 */
export { bucketPolicy } from "./bucket-policy.ts";
export type { PolicyDocument, Statement } from "./document.ts";
export { LEVEL_SENTENCES, ROLE_SENTENCES, STATEMENT_SENTENCES } from "./explain.ts";
export { keyPolicy } from "./key-policy.ts";
export {
  LIFECYCLE_ID_PREFIX,
  type LifecycleRule,
  lifecycleRules,
  RECOVERY_DAYS,
} from "./lifecycle.ts";
export { type Level, machineRole, type RoleName, rolePolicy, rolesOf } from "./role-policies.ts";
export type { InstanceScope, PolicyScope } from "./scope.ts";
export { type Trust, trustPolicy } from "./trust-policy.ts";
