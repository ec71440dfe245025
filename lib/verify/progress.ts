import type { Backup } from "../catalog/index.ts";

interface Progress {
  readonly files: number;
  readonly bytes: number;
  readonly totalFiles?: number;
  readonly totalBytes?: number;
}

/** How far a verification is, and of how much where a record tells. */
export function progressOf(
  { files, bytes }: { readonly files: number; readonly bytes: number },
  backup: Backup | undefined,
): Progress {
  if (backup === undefined || backup.files === 0) return { files, bytes };
  return { files, bytes, totalFiles: backup.files, totalBytes: backup.bytes };
}
