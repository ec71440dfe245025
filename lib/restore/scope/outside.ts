import { dirname } from "node:path";
import { isSameOrInside, type Path, type WalkedEntry } from "../../filesystem/index.ts";
import { classify, type Installation, regenerableRule } from "../../openclaw/index.ts";
import { isCacheDirectory, isLiveDatabase } from "./live-entry.ts";
import { isLeftOutByNative } from "./native.ts";
import { createPatternMatcher } from "./patterns.ts";
import type { RecordedScope } from "./recorded.ts";

/** What becomes of a live path that a backup does not hold. */
export type Fate =
  /** Outside of the backup's scope, and stays. */
  | "carry"
  /** Outside of the scope, and can be made again by itself: goes with the old tree. */
  | "drop"
  /** In the scope: it was not there when the backup was made. */
  | "remove";

/** Decides about live paths of one root. `path` is absolute, `relativePath` relative to the root and not empty. */
export type Judge = (entry: WalkedEntry) => Fate;

/** What can be made again only by installing or checking out anew, so that it is kept; everything else is rebuilt unasked. */
const WORTH_KEEPING: ReadonlySet<string> = new Set([
  "npm",
  "npm-runtime",
  "git",
  "dev",
  "tools",
  "node_modules",
]);

/** @param root - The backup's own path of the root, by which its rules are recorded. */
export function judgeByScope(scope: RecordedScope, installation: Installation, root: Path): Judge {
  const rules = scope.roots.find(({ path }) => path === root);
  const excluded = createPatternMatcher(rules?.excluded ?? []);
  const included = createPatternMatcher(rules?.included ?? []);
  const forced = createPatternMatcher(rules?.forced ?? []);
  const classes = new Set(scope.classes);
  const isUnwanted = (entry: WalkedEntry, isDatabase: boolean): boolean =>
    !classes.has(classify(installation, entry.path, isDatabase)) ||
    (!scope.includeWorkspace && isInWorkspace(installation, entry.path));
  const isRuledOut = (entry: WalkedEntry, isDatabase: boolean): boolean => {
    const { relativePath, path, stat } = entry;
    if (isDatabase || installation.configFiles.includes(path)) {
      return forced(relativePath, stat.type);
    }
    const limit = scope.maxFileSizeBytes;
    if (limit !== undefined && stat.type === "file" && stat.sizeBytes > limit) return true;
    return (
      excluded(relativePath, stat.type) || (scope.cachedirTag && isInCache(path, relativePath))
    );
  };
  return (entry) => {
    const { relativePath, stat } = entry;
    const isDatabase = isLiveDatabase(entry);
    if (isUnwanted(entry, isDatabase)) return "carry";
    if (included(relativePath, stat.type)) return "remove";
    return (
      regenerableFate(installation, entry) ?? (isRuledOut(entry, isDatabase) ? "carry" : "remove")
    );
  };
}

/**
 * For archives that record no scope: OpenClaw's own and plain tars. What OpenClaw leaves out is carried over, and so is every
 * workspace of which such an archive holds nothing, because it may have been made without them.
 */
export function judgeWithoutScope(installation: Installation, isNative: boolean): Judge {
  return (entry) => {
    const fate = regenerableFate(installation, entry);
    if (fate !== undefined) return fate;
    const isDatabase = isLiveDatabase(entry);
    if (classify(installation, entry.path, isDatabase) === "logs") return "carry";
    if (isNative && isLeftOutByNative(installation.stateDir, entry)) return "carry";
    return installation.workspaces.includes(entry.path) ? "carry" : "remove";
  };
}

function regenerableFate(
  installation: Installation,
  { path, stat }: WalkedEntry,
): Fate | undefined {
  const found = regenerableRule(installation, path, stat.type);
  if (found === undefined) return undefined;
  return WORTH_KEEPING.has(found.rule) ? "carry" : "drop";
}

function isInWorkspace({ workspaces }: Installation, path: Path): boolean {
  return workspaces.some((workspace) => isSameOrInside(path, workspace));
}

/** Whether the directory itself, or the one that holds the entry, is tagged as a cache; those further up were asked before. */
function isInCache(path: Path, relativePath: Path): boolean {
  return isCacheDirectory(path) || (relativePath.includes("/") && isCacheDirectory(dirname(path)));
}
