import { BackupError } from "../base/index.ts";
import type { ArchiveContents, ArchiveEntry, Finding } from "./types.ts";

/** Watches an archive being read and says afterwards whether it holds what it says it holds. */
export interface ArchiveAudit {
  /** Gives an entry to use in place of `entry`, whose body is counted and hashed while the caller reads it. */
  watch(entry: ArchiveEntry): ArchiveEntry;
  /**
   * Compares what was watched with the file list and the manifest. Every entry must have been watched and its body read to the end.
   * For archives without a file list only the manifest is compared.
   */
  findings(contents: ArchiveContents): readonly Finding[];
}

export function createArchiveAudit(): ArchiveAudit {
  throw new BackupError("internal", "not written yet");
}
