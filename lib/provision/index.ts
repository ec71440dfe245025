/**
 * Makes, checks and takes away what backups need in an account: the bucket, its settings, the KMS key, policies and roles.
 *
 * `policies/` are pure functions from data to the documents that hold the promise that a machine cannot destroy its own backups.
 * Nothing here knows what the objects mean, and nothing deletes data or keys.
 *
 * Read first: `policies/role-policies.ts`.
 *
 * @module
 */
export * from "./policies/index.ts";
