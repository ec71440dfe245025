import { BackupError } from "../../base/index.ts";
import type { Path } from "../../filesystem/index.ts";
import type { ConfigReader } from "../config/index.ts";

/** `gateway.auth` as it is written, placeholders and SecretRefs not resolved; for programs only, never for messages. */
export interface GatewayAuth {
  readonly mode?: unknown;
  readonly token?: unknown;
  /** Only with mode `password`, without which the Gateway would not start. */
  readonly password?: unknown;
}

/** Reads this host's `gateway.auth`, through includes; undefined when there is none or the config cannot be read. */
export function readGatewayAuth(_config: ConfigReader): Promise<GatewayAuth | undefined> {
  throw new BackupError("internal", "being written");
}

export interface KeptGatewayAuth {
  /** New texts of config files, by live path; empty when nothing had to change. */
  readonly edits: readonly { readonly path: Path; readonly text: string }[];
  /** What the reader should know: why the token could not be kept, or what else it depends on. */
  readonly note?: string | undefined;
}

/**
 * Puts this host's `gateway.auth` into a restored config by editing its text: comments, layout, includes, placeholders and
 * SecretRefs stay. Never fails; with `note` when it cannot.
 */
export function keepGatewayAuth(
  _restored: ConfigReader,
  _live: GatewayAuth | undefined,
): Promise<KeptGatewayAuth> {
  throw new BackupError("internal", "being written");
}

/** What is known of the state that is being restored. Paths are relative to the state directory, `/` between segments. */
export interface RestoredContents {
  readonly paths: Iterable<Path>;
  /** The config as a plain value, when it could be read. */
  readonly config?: unknown;
  /** Names of the global database's tables that hold rows, when known. */
  readonly plugins?: readonly { readonly name: string; readonly version: string }[] | undefined;
}

/** What a person must know or do after this restore: channels to reconnect, approvals that roll back, plugins to reinstall. */
export function restoreWarnings(_contents: RestoredContents): readonly string[] {
  throw new BackupError("internal", "being written");
}

export interface RecoveryFacts {
  readonly backup:
    | { readonly id: string; readonly name?: string | undefined; readonly createdAt: string }
    | undefined;
  /** What was restored, for an agent to tell: `backup 2026…`, `file x.tar.gz`. */
  readonly source: string;
  readonly now: Date;
  readonly agents: readonly string[];
  readonly restored: { readonly files: number; readonly bytes: number };
  readonly warnings: readonly string[];
  /** Channels that must be connected anew. */
  readonly channels: readonly string[];
  /** Text of the workspace's USER.md, when there is one. */
  readonly userText?: string | undefined;
  readonly preRestore?: Path | undefined;
}

/** Content of `workspace/.restore-complete.json`: the agent reads it once, reports, and deletes it. */
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
  readonly instructions: string;
}

/** Composes the report; pure. */
export function recoveryReport(_facts: RecoveryFacts): RecoveryReport {
  throw new BackupError("internal", "being written");
}
