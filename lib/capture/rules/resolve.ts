import { parseSize } from "../../base/index.ts";
import type { ExclusionRules } from "../types.ts";

/** The user's `exclude.json`, as `settings` gives it. */
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

/** What flags add for one run. */
export interface RuleFlags {
  readonly exclude?: readonly string[] | undefined;
  readonly include?: readonly string[] | undefined;
  /** Replaces the file's limit. */
  readonly maxFileSizeBytes?: number | undefined;
  readonly forceExclude?: readonly string[] | undefined;
}

/**
 * Merges the user's file and the flags of this run.
 * @throws BackupError `invalid-argument` for a size that is not understood
 */
export function resolveRules(file: ExcludeFile, flags: RuleFlags = {}): ExclusionRules {
  return {
    excludedExtensions: file.excluded_extensions,
    excludedFolders: file.excluded_folders,
    excludedFiles: file.excluded_files,
    patterns: file.patterns,
    include: [...file.include, ...(flags.include ?? [])],
    maxFileSizeBytes: flags.maxFileSizeBytes ?? sizeOf(file.max_file_size),
    runPatterns: flags.exclude ?? [],
    isMaxFileSizeOfRun: flags.maxFileSizeBytes !== undefined,
    cachedirTag: file.CACHEDIR_TAG,
    oneFileSystem: file.one_file_system,
    forceExclude: flags.forceExclude ?? [],
  };
}

function sizeOf(value: string | number | undefined): number | undefined {
  return typeof value === "string" ? parseSize(value) : value;
}
