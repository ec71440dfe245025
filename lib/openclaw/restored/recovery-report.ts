import type { Path } from "../../filesystem/index.ts";
import { languageOf } from "./language.ts";

/** What a restore did, as far as the agent is to tell. */
export interface RecoveryFacts {
  /** Undefined for a file that is no backup of ours. */
  readonly backup:
    | { readonly id: string; readonly name?: string | undefined; readonly createdAt: string }
    | undefined;
  /** What was restored, in words: `backup 2026…`, `file x.tar.gz`. */
  readonly source: string;
  readonly now: Date;
  readonly agents: readonly string[];
  readonly restored: { readonly files: number; readonly bytes: number };
  readonly warnings: readonly string[];
  /** Channels that may have to be connected anew. */
  readonly channels: readonly string[];
  /** Text of the workspace's USER.md, when there is one. */
  readonly userText?: string | undefined;
  /** Where the state that was there is kept. */
  readonly preRestore?: Path | undefined;
}

/** Content of `workspace/.restore-complete.json`: the agent reads it once, reports to its user, and deletes it. */
export interface RecoveryReport {
  readonly schemaVersion: 1;
  readonly restoredAt: string;
  readonly backup: {
    readonly id: string | null;
    readonly name: string | null;
    readonly createdAt: string | null;
    readonly source: string;
  };
  readonly agents: readonly string[];
  readonly restored: { readonly files: number; readonly bytes: number };
  readonly reconnect: readonly string[];
  readonly warnings: readonly string[];
  readonly preRestore: string | null;
  /** The user's language as USER.md names it, or null. */
  readonly language: string | null;
  /** What the agent is to do with this file, for one that has not been told. */
  readonly instructions: string;
}

/** Where the report lies in each workspace. */
export const RECOVERY_REPORT_NAME = ".restore-complete.json";

/** Composes the report; pure. */
export function recoveryReport(facts: RecoveryFacts): RecoveryReport {
  const language = languageOf(facts.userText ?? "");
  const inLanguage =
    language === undefined ? "in the user's language (see USER.md)" : `in ${language}`;
  return {
    schemaVersion: 1,
    restoredAt: facts.now.toISOString(),
    backup: {
      id: facts.backup?.id ?? null,
      name: facts.backup?.name ?? null,
      createdAt: facts.backup?.createdAt ?? null,
      source: facts.source,
    },
    agents: facts.agents,
    restored: facts.restored,
    reconnect: facts.channels,
    warnings: facts.warnings,
    preRestore: facts.preRestore ?? null,
    language: language ?? null,
    instructions: `Tell the user once, ${inLanguage}, that this state was restored, from when it is, and what needs attention; then delete this file.`,
  };
}
