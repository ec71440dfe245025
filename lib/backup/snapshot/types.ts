import type { Clock, OperationOptions } from "../../base/index.ts";
import type { CaptureNote, CaptureOptions, Omission } from "../../capture/index.ts";
import type { Backup } from "../../catalog/index.ts";
import type { LockOptions, Repository, SavingOptions } from "../../repository/index.ts";

export interface CreateSnapshotOptions extends OperationOptions {
  readonly repository: Repository;
  /** Id of the storage that the repository lies in. */
  readonly storage: string;
  readonly instance: string;
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** The agent's session that it is taken for. */
  readonly session?: string | undefined;
  readonly now: Date;
  readonly capture: CaptureOptions;
  /** Read every file, whatever the snapshot before knows. @default false */
  readonly force?: boolean | undefined;
  /** How much of this machine saving may take. */
  readonly saving?: Omit<SavingOptions, "signal"> | undefined;
  /** How to wait for whoever holds the repository alone. */
  readonly lock?: Pick<LockOptions, "retryForMs" | "onWait" | "onWarning"> | undefined;
  readonly openclaw: {
    readonly version: string;
    readonly schemaVersions: Readonly<Record<string, number>>;
  };
  readonly host: { readonly name: string; readonly platform: string };
  /** Who makes it, as restic records it. */
  readonly user: { readonly username: string; readonly uid: number; readonly gid: number };
  readonly clawbackVersion: string;
  readonly clock?: Clock | undefined;
}

/** What `snapshot` reports; the JSON output is this. */
export interface SnapshotBackupReport
  extends Omit<Backup, "omissions" | "held" | "verifiedAt" | "fileListKey" | "fileListSha256"> {
  readonly omissions: readonly Omission[];
  readonly notes: readonly CaptureNote[];
  readonly notesTotal: number;
  readonly location: string;
  /** The snapshot that it was compared with; null for the first. */
  readonly parent: string | null;
  readonly changes: SnapshotChanges;
  /** Of `storedBytes` before compression. */
  readonly addedBytes: number;
}

/** Against the parent, as restic counts it. */
export interface SnapshotChanges {
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  readonly dirsNew: number;
  readonly dirsChanged: number;
  readonly dirsUnmodified: number;
}
