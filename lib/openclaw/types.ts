import type { Path } from "../filesystem/index.ts";

/** The classes a backup is made of; each can be left out. */
export type BackupClass =
  | "config"
  | "credentials"
  | "databases"
  | "sessions"
  | "workspace"
  | "skills"
  | "extensions"
  | "cron"
  | "devices"
  | "media"
  | "logs"
  | "other";

/** Where to look; every field is one of OpenClaw's own relocation settings (openclaw-facts 1.4). */
export interface LocateOptions {
  /** `--state-dir`. */
  readonly stateDir?: string | undefined;
  /** `--profile`; `dev` for `--dev`. */
  readonly profile?: string | undefined;
  /** The environment as `settings` read it; OPENCLAW_* and variables that the config mentions. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's home directory. */
  readonly userHome: string;
  /** Paths to add (`--add`, `extraPaths`). */
  readonly extraPaths?: readonly string[] | undefined;
  /** Replaces the configured workspaces (`--workspace DIR…`). */
  readonly workspaces?: readonly string[] | undefined;
}

export type RootKind =
  | "state"
  | "config"
  | "credentials"
  | "workspace"
  | "agent"
  | "managed skill"
  | "extra";

/** A tree or single file to capture. No root lies inside another one. */
export interface SourceRoot {
  readonly kind: RootKind;
  /** Absolute, normalized. The state root comes first. */
  readonly path: Path;
}

export interface Agent {
  readonly agentId: string;
  readonly agentDir: Path;
  readonly workspace: Path;
}

/** One OpenClaw state directory with all that belongs to it. */
export interface Installation {
  readonly stateDir: Path;
  readonly configPath: Path;
  /** The config and every `$include` it reaches, absolute. */
  readonly configFiles: readonly Path[];
  readonly configStatus: "ok" | "missing" | "broken";
  readonly credentialsDir: Path;
  readonly agents: readonly Agent[];
  readonly workspaces: readonly Path[];
  /** Everything to capture: the state directory, and what lies outside it. */
  readonly roots: readonly SourceRoot[];
  /** What the reader should know: a broken config and what was fallen back to, a missing workspace, … */
  readonly notes: readonly string[];
  /** Paths that the config or cron commands mention and no root covers. */
  readonly uncovered: readonly { readonly path: Path; readonly mentionedIn: string }[];
  /** Databases that OpenClaw cannot live without: the global one and each agent's. One of them omitted makes a backup degraded. */
  readonly essentialDatabases: readonly Path[];
}

/** Why a path is not captured by default: it can be made again. `rule` names the rule, such as `tmp` or `npm`. */
export interface Regenerable {
  readonly rule: string;
}

/** The installed OpenClaw program, as far as its package tells. */
export interface OpenClawProgram {
  readonly version: string;
  readonly schemaVersions: {
    readonly state?: number | undefined;
    readonly agent?: number | undefined;
  };
  readonly packageDir: Path;
}

export type GatewayState =
  | { readonly status: "stopped" }
  | {
      readonly status: "running";
      /** 0 when it is not known. */
      readonly pid: number;
      readonly port?: number | undefined;
      /** What showed it: `lock` (live process), `foreign-lock` (the pid is not visible here, as from a container), `database` (in use). */
      readonly evidence: "lock" | "foreign-lock" | "database";
      /** A clause that says what was found; paths in it are not quoted. */
      readonly detail: string;
      /** The lock file, where one was found. */
      readonly lockPath?: Path | undefined;
    };
