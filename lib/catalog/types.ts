import type { BackupError } from "../base/index.ts";
import type { Repository } from "../repository/index.ts";
import type { ObjectStorage } from "../storage/index.ts";

/** `native`: an archive that `openclaw backup create` made and that lies in a storage. */
export type BackupKind = "archive" | "snapshot" | "native";

/** What a backup set out to hold. */
export interface BackupScope {
  /** Every class of a full backup, and nothing else was cut away. Only such a backup may replace a whole tree. */
  readonly full: boolean;
  /** The classes in it, sorted. */
  readonly classes: readonly string[];
  readonly onlyConfig: boolean;
  readonly includeWorkspace: boolean;
}

/**
 * One backup as every list shows it, whatever its kind. The names are those of the JSON output, which programs rely on:
 * add freely, never rename.
 */
export interface Backup {
  readonly id: string;
  readonly kind: BackupKind;
  readonly name: string | null;
  readonly instance: string;
  readonly tags: readonly string[];
  /** Of a snapshot that was copied from another storage, or written anew: the id that it had first. */
  readonly original?: string | undefined;
  /** Of a snapshot that was taken for one session of the agent. */
  readonly session?: string | undefined;
  readonly scope: BackupScope;
  /** Id of the storage it lies in. */
  readonly storage: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  /** Of what was captured, before compression. */
  readonly sizeBytes: number;
  /** Of the stored object. */
  readonly storedBytes: number;
  /** Of the stored object. */
  readonly sha256?: string | undefined;
  readonly files: number;
  readonly bytes: number;
  readonly databases: number;
  readonly omissions: number;
  readonly degraded: boolean;
  readonly encrypted: boolean;
  readonly durationMs: number;
  /** When it was last verified, from its marks. */
  readonly verifiedAt?: string | undefined;
  /** Held backups are never removed by retention. */
  readonly held: boolean;
  /** Key of the archive below the storage's prefix. */
  readonly objectKey: string;
  /** Key of `files.jsonl.gz`; absent for native archives. */
  readonly fileListKey?: string | undefined;
  /** Of the object under `fileListKey`. */
  readonly fileListSha256?: string | undefined;
  readonly openclawVersion: string;
  readonly host: string;
}

/**
 * `backup.json`: the commit point of an archive. No file names, no secrets. Written last; never changed.
 * Stored at `<instance>/archives/<id>/backup.json`; the reader accepts unknown fields and a higher minor version.
 */
export interface BackupRecord {
  readonly formatVersion: 1;
  readonly id: string;
  readonly kind: "archive";
  readonly name: string | null;
  readonly instance: string;
  readonly tags: readonly string[];
  readonly scope: BackupScope;
  readonly createdAt: string;
  readonly durationMs: number;
  readonly archive: { readonly name: string; readonly sizeBytes: number; readonly sha256: string };
  readonly fileList: { readonly name: string; readonly sizeBytes: number; readonly sha256: string };
  readonly encryption: "none" | "openpgp";
  readonly files: number;
  readonly bytes: number;
  readonly databases: number;
  /** Count by reason. */
  readonly omissions: Readonly<Record<string, number>>;
  readonly notes: number;
  readonly degraded: boolean;
  readonly openclaw: {
    readonly version: string;
    readonly schemaVersions: Readonly<Record<string, number>>;
  };
  readonly host: { readonly name: string; readonly platform: string };
  readonly clawbackVersion: string;
}

/** A fact added after the backup was made; append-only objects under `<instance>/marks/<id>/`. */
export interface Mark {
  readonly kind: "verified" | "hold" | "release" | "drill";
  readonly at: string;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** A configured storage, opened. */
export interface CatalogStorage {
  readonly id: string;
  readonly storage: ObjectStorage;
  /**
   * Opens the repository of an instance in it; snapshots are listed only where there is a way to. Called once a list, and only when there
   * are snapshots that the cache does not know.
   */
  readonly openRepository?: ((instance: string) => Promise<Repository>) | undefined;
  /**
   * The part that holds the repository of an instance, through its cache: what was listed through it is read from the cache later.
   * @default that part of `storage`
   */
  readonly openRepositoryStorage?: ((instance: string) => Promise<ObjectStorage>) | undefined;
}

export interface ListFilter {
  /** An instance name, or `all`. */
  readonly instance: string;
  readonly kinds?: readonly BackupKind[] | undefined;
  /** Only those that have all of these. */
  readonly tags?: readonly string[] | undefined;
  /** Only those that were taken for this session of the agent. */
  readonly session?: string | undefined;
  /** Only those made at this time or later. */
  readonly since?: Date | undefined;
  /** Only those made by this time. */
  readonly until?: Date | undefined;
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Newest first. A storage that could not be read is told as a problem; it does not hide the others. */
export interface BackupList {
  readonly backups: readonly Backup[];
  /** Whole storages, and single backups. */
  readonly problems: readonly { readonly storage: string; readonly error: BackupError }[];
  /** Ids of the storages that could not be read at all; their failures stand first among the problems. */
  readonly unread: readonly string[];
}
