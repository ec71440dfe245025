import type { BackupError, Secret } from "../base/index.ts";
import type { HealthEntry } from "./health-field.ts";
import type { JobsEntry } from "./jobs-field.ts";
import type { NotifyEntry } from "./notify-field.ts";
import type { RetentionEntry } from "./retention-fields.ts";

interface StorageBase {
  readonly id: string;
  /** Archives may lie there unencrypted (`--plaintext`); only asked for off-site storages without SSE-KMS. */
  readonly plaintext: boolean;
}

export interface DirectoryStorageSettings extends StorageBase {
  readonly type: "directory";
  readonly path: string;
}

export interface S3StorageSettings extends StorageBase {
  readonly type: "s3";
  readonly preset?: string | undefined;
  readonly bucket: string;
  readonly prefix: string;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly addressing?: "path" | "virtual" | undefined;
  /** AWS profile of the default credential chain. */
  readonly profile?: string | undefined;
  /** AWS profile whose rights remove backups: retention, `delete`, prune. @default the same as for everything else */
  readonly prunerProfile?: string | undefined;
  readonly accessKeyId?: string | undefined;
  /** From `secrets.json`, where it lies encrypted. */
  readonly secretAccessKey?: Secret | undefined;
  readonly sse: "kms" | "s3" | "none";
  readonly kmsKey?: string | undefined;
  /** Where KMS answers, when that is not AWS's own address for the region: a VPC endpoint, an emulator. */
  readonly kmsEndpoint?: string | undefined;
  readonly expectedBucketOwner?: string | undefined;
  /** Bytes a second, both ways together. */
  readonly bandwidthBytesPerSecond?: number | undefined;
  /** Why its stored key could not be read; thrown by who opens this storage, so that it does not stop work on others. */
  readonly problem?: BackupError | undefined;
}

export type StorageSettings = DirectoryStorageSettings | S3StorageSettings;

/** The user's exclusion file in the shape of the seed; see `capture` for what each field does. */
export interface ExcludeFile {
  readonly excluded_extensions: readonly string[];
  readonly excluded_folders: readonly string[];
  readonly excluded_files: readonly string[];
  readonly patterns: readonly string[];
  readonly include: readonly string[];
  readonly max_file_size?: string | number | undefined;
  readonly CACHEDIR_TAG: boolean;
  readonly one_file_system: boolean;
}

/** Everything that was configured, validated and frozen; made from defaults, the file, the environment and flags, in that order. */
export interface Settings {
  /** Clawback's own directory (`CLAWBACK_HOME`, default `~/.clawback`). */
  readonly home: string;
  /** False when the home has no settings file: `init` or `setup` makes it. */
  readonly isConfigured: boolean;
  readonly instance: string;
  readonly storages: readonly StorageSettings[];
  readonly defaultStorage: string | undefined;
  /** How the installation is found; the environment's OPENCLAW_* stand in `environment`. */
  readonly installation: {
    readonly stateDir?: string | undefined;
    readonly profile?: string | undefined;
    readonly extraPaths: readonly string[];
  };
  readonly exclude: ExcludeFile;
  /** Why `exclude.json` could not be read; thrown by who makes a backup, so that it stops no restore. */
  readonly excludeProblem?: BackupError | undefined;
  readonly compressionLevel: number;
  /** OpenPGP public key files to which every archive is encrypted. */
  readonly recipients: readonly string[];
  /** What is kept; empty where nothing was configured, which means the defaults. */
  readonly retention: RetentionEntry;
  /** What `run` does and when; empty where nothing was configured, which means the defaults. */
  readonly jobs: JobsEntry;
  /** What counts as too old; empty where nothing was configured, which means the defaults. */
  readonly health: HealthEntry;
  /** Who is told; empty where nobody is. */
  readonly notify: NotifyEntry;
  /** From CLAWBACK_PASSWORD, _FILE or _COMMAND or the flags; undefined when none is given. */
  readonly password: Secret | undefined;
  readonly userHome: string;
  /** A copy of the process's environment; the only one anybody sees. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
