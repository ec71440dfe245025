import { RETENTION_PRESET_DATA } from "../../config/retention-presets.ts";
import { DEFAULT_POLICIES } from "./policy.ts";
import type { RetentionPolicies, RetentionPolicy } from "./types.ts";

export const RETENTION_PRESETS: Readonly<Record<string, RetentionPolicy>> = RETENTION_PRESET_DATA;

/** The policy of one kind as settings have it: a preset's name, the rules, or nothing, which means the default. */
export type ConfiguredPolicy = string | RetentionPolicy | undefined;

/** Policies as they stand in the settings, of all instances or of one. */
export interface ConfiguredPolicies {
  readonly archives?: ConfiguredPolicy;
  readonly snapshots?: ConfiguredPolicy;
}

/**
 * What applies to backups of an instance: what is configured for it, else for all, else {@link DEFAULT_POLICIES}.
 * @param configured - From the most particular to the most general.
 */
export function resolvePolicies(configured: readonly ConfiguredPolicies[]): RetentionPolicies {
  const first = (kind: keyof ConfiguredPolicies) =>
    configured.map((policies) => policies[kind]).find((policy) => policy !== undefined);
  return {
    archive: named(first("archives")) ?? DEFAULT_POLICIES.archive,
    snapshot: named(first("snapshots")) ?? DEFAULT_POLICIES.snapshot,
  };
}

function named(policy: ConfiguredPolicy): RetentionPolicy | undefined {
  return typeof policy === "string" ? (RETENTION_PRESETS[policy] ?? {}) : policy;
}
