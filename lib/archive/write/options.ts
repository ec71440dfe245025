import { posix } from "node:path";
import { BackupError, type OnProgress } from "../../base/index.ts";
import type { ManifestInput, WriteArchiveOptions } from "../types.ts";

export interface ResolvedWriteOptions {
  readonly manifest: ManifestInput;
  readonly compressionLevel: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress;
}

/** @throws BackupError `invalid-argument` */
export function resolveWriteOptions(options: WriteArchiveOptions): ResolvedWriteOptions {
  const { manifest, compressionLevel = 1, signal, onProgress = () => undefined } = options;
  if (!Number.isInteger(compressionLevel) || compressionLevel < 0 || compressionLevel > 9) {
    throw new BackupError(
      "invalid-argument",
      `compression level ${compressionLevel} is not between 0 and 9`,
    );
  }
  if (!/^[0-9A-Za-z][0-9A-Za-z.+_-]{0,127}$/.test(manifest.archiveRoot)) {
    throw new BackupError(
      "invalid-argument",
      `archive root ${JSON.stringify(manifest.archiveRoot)} is not one plain path segment`,
    );
  }
  const { stateDir } = manifest.paths;
  if (!posix.isAbsolute(stateDir)) {
    throw new BackupError(
      "invalid-argument",
      `state directory ${JSON.stringify(stateDir)} is not absolute`,
    );
  }
  return { manifest, compressionLevel, signal, onProgress };
}
