import { MIB } from "../../base/index.ts";
import type { ArchiveLimits } from "../types.ts";

export interface ReadArchiveOptions {
  /** Merged over {@link DEFAULT_ARCHIVE_LIMITS}. */
  readonly limits?: Partial<ArchiveLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  maxEntries: 2_000_000,
  /** 4 TiB. What fits on the disk is for the writer of the tree to say. */
  maxBytes: 4 * 1024 * 1024 * MIB,
  maxPathBytes: 16_384,
  maxDepth: 512,
  /** As OpenClaw has it; gzip cannot exceed 1,032. */
  maxExpansion: 1100,
  /** As OpenClaw has it. */
  maxManifestBytes: MIB,
};

export interface ResolvedReadOptions {
  readonly limits: ArchiveLimits;
  readonly signal: AbortSignal | undefined;
}

export function resolveReadOptions(options: ReadArchiveOptions): ResolvedReadOptions {
  const given = Object.entries(options.limits ?? {}).filter(([, value]) => value !== undefined);
  const limits = { ...DEFAULT_ARCHIVE_LIMITS, ...Object.fromEntries(given) };
  return { limits, signal: options.signal };
}
