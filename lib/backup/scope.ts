import type { CaptureOptions } from "../capture/index.ts";
import { isFullScope, ownPatterns, rulesForRoot } from "../capture/index.ts";
import type { BackupScope } from "../catalog/index.ts";
import type { Path } from "../filesystem/index.ts";
import type { SourceRoot } from "../openclaw/index.ts";

/**
 * What a backup set out to hold, as its archive's manifest says it (`clawback.scope`; for a snapshot, in its report), so that a
 * restore can tell "outside of the scope: carry it over" from "was not there when the backup was made".
 *
 * A live path P below a root R (`relative` is P without R's path and slash, with a slash at the end for a directory) is **outside of
 * the scope** when one of these holds:
 *
 * 1. its class, `classify(installation, P, isDatabase)`, is not in `classes`;
 * 2. `includeWorkspace` is false and P lies in a workspace directory;
 * 3. `regenerableRule(installation, P, type)` names a rule and `R.included` does not match it;
 * 4. `R.excluded` matches it and `R.included` does not. Both are lines in gitignore syntax, case-sensitive, relative to R, to be
 *    given to a gitignore library in this order: `ignore({ ignorecase: false }).add([...excluded]).ignores(relative)`.
 *    A database or a config file is outside only when `R.forced` matches it as well: no other rule leaves one out. Clawback's own
 *    directories and earlier backups, which are in no backup, stand in both lists;
 * 5. it is a file larger than `rules.maxFileSizeBytes`, neither database nor config, and `R.included` does not match it;
 * 6. `rules.cachedirTag` and a directory above it (below R) holds a valid CACHEDIR.TAG;
 * 7. `rules.oneFileSystem` and it lies on another device than R.
 *
 * A path outside of every root is outside of the scope, too.
 */
export interface RecordedScope extends BackupScope {
  readonly rules: {
    readonly maxFileSizeBytes?: number | undefined;
    readonly cachedirTag: boolean;
    readonly oneFileSystem: boolean;
  };
  readonly roots: readonly RecordedRoot[];
}

export interface RecordedRoot {
  readonly kind: string;
  readonly path: Path;
  readonly excluded: readonly string[];
  readonly included: readonly string[];
  readonly forced: readonly string[];
}

/** The scope as lists show it. */
export function backupScope({ scope, rules }: CaptureOptions): BackupScope {
  const { classes, onlyConfig, includeWorkspace } = scope;
  return { full: isFullScope(scope, rules), classes, onlyConfig, includeWorkspace };
}

/** The scope as the backup itself holds it. */
export function recordScope(options: CaptureOptions): RecordedScope {
  const { maxFileSizeBytes, cachedirTag, oneFileSystem } = options.rules;
  const recordRoot = ({ kind, path }: SourceRoot): RecordedRoot => {
    const { excluded, included, forced } = rulesForRoot(options.rules, path);
    const patterns = (lines: typeof excluded) => lines.map(({ pattern }) => pattern);
    const own = ownPatterns(path, [...options.ownPaths, options.temporaryDirectory]);
    return {
      kind,
      path,
      excluded: [...patterns(excluded), ...own],
      included: patterns(included),
      forced: [...patterns(forced), ...own],
    };
  };
  return {
    ...backupScope(options),
    rules: {
      ...(maxFileSizeBytes === undefined ? {} : { maxFileSizeBytes }),
      cachedirTag,
      oneFileSystem,
    },
    roots: options.installation.roots.map(recordRoot),
  };
}
