import type { Clock, OperationOptions, Secret } from "../base/index.ts";
import type { CaptureNote, CaptureOptions, Omission } from "../capture/index.ts";
import type { Backup } from "../catalog/index.ts";
import type { ObjectStorage } from "../storage/index.ts";

/** Where an archive goes: into a storage as a backup, or out as a plain file or stream. */
export type ArchiveDestination =
  | { readonly type: "storage"; readonly id: string; readonly storage: ObjectStorage }
  /** Made with mode 0600, published whole; refused when it exists. */
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "stream"; readonly write: (chunk: Uint8Array) => Promise<void> };

export interface CreateArchiveOptions extends OperationOptions {
  readonly id: string;
  readonly instance: string;
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly now: Date;
  readonly destination: ArchiveDestination;
  readonly capture: CaptureOptions;
  readonly compressionLevel?: number | undefined;
  /** Encrypts on this machine when it has a passphrase or key. */
  readonly encryption?:
    | { readonly passphrases: readonly Secret[]; readonly publicKeys: readonly Uint8Array[] }
    | undefined;
  readonly openclaw: {
    readonly version: string;
    readonly schemaVersions: Readonly<Record<string, number>>;
  };
  readonly host: { readonly name: string; readonly platform: string; readonly nodeVersion: string };
  readonly clawbackVersion: string;
  readonly clock?: Clock | undefined;
}

/** What `create` reports; the JSON output is this. `storage` is empty when the archive went to a file or stream. */
export interface BackupReport
  extends Omit<Backup, "omissions" | "held" | "verifiedAt" | "objectKey" | "fileListKey"> {
  /** Including those that only the archive's writer met. */
  readonly omissions: readonly Omission[];
  readonly notes: readonly CaptureNote[];
  readonly notesTotal: number;
  /** Where the bytes are: the storage's location and key, or the file. */
  readonly location: string;
}
