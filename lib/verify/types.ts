import type { Finding } from "../archive/index.ts";
import type { OperationOptions, Secret } from "../base/index.ts";
import type { Backup } from "../catalog/index.ts";
import type { ArchiveSource, SnapshotSource } from "../restore/index.ts";

export interface VerifyOptions extends OperationOptions {
  readonly source: ArchiveSource;
  readonly passphrases: readonly Secret[];
  readonly privateKeys: readonly Uint8Array[];
  /** Parent of the private directory into which databases are unpacked to be opened. */
  readonly temporaryDirectory: string;
}

export interface VerifySnapshotOptions extends OperationOptions {
  readonly source: SnapshotSource;
  /** Parent of the private directory into which databases are unpacked to be opened. */
  readonly temporaryDirectory: string;
}

/** What `verify` found; the JSON output is this. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly backup: Backup | null;
  readonly checked: { readonly files: number; readonly bytes: number; readonly databases: number };
  readonly findings: readonly Finding[];
}

/** One thing that `clawback test` tried. */
export interface ProbeStep {
  readonly name: string;
  /** `unsupported`: the service lacks it, and Clawback manages without. */
  readonly outcome: "ok" | "failed" | "unsupported" | "skipped";
  readonly durationMs: number;
  readonly detail?: string | undefined;
  readonly code?: string | undefined;
  /** What to do about a failure. */
  readonly hint?: string | undefined;
}
