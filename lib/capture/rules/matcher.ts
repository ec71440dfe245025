import createIgnore, { type Ignore } from "ignore";
import type { FileType, Path } from "../../filesystem/index.ts";
import type { RootRules, RuleLine } from "./lines.ts";

/** Says of any path of one root which rule leaves it out. Paths are relative to the root and not empty. */
export interface RuleMatcher {
  /** The rule that leaves it out by itself or by a directory above it; undefined when there is none, or `include` brings it back. */
  exclusionOf(path: Path, type: FileType): RuleLine | undefined;
  /** Whether `include` names it or a directory above it. */
  isIncluded(path: Path, type: FileType): boolean;
  /** Whether `--force-exclude` names it or a directory above it. */
  isForced(path: Path, type: FileType): boolean;
  /**
   * Whether an `include` pattern may match something below this directory that is left out. Only patterns that begin with a
   * plain path count: `*.md` brings back no file of `node_modules`, `workspace/app/node_modules/own/` does.
   */
  mayHoldIncluded(directory: Path): boolean;
}

export function createRuleMatcher(rules: RootRules): RuleMatcher {
  const excluded = compile(rules.excluded);
  const included = compile(rules.included);
  const forced = compile(rules.forced);
  const prefixes = rules.included.map(({ pattern }) => plainPrefix(pattern)).filter(Boolean);
  return {
    exclusionOf: (path, type) => {
      const line = excluded(path, type);
      return line === undefined || included(path, type) !== undefined ? undefined : line;
    },
    isIncluded: (path, type) => included(path, type) !== undefined,
    isForced: (path, type) => forced(path, type) !== undefined,
    mayHoldIncluded: (directory) =>
      prefixes.some((prefix) => overlap(`${prefix}/`, `${directory}/`)),
  };
}

/** `ignore` remembers every path it was asked about; a fresh instance over the same compiled rules keeps memory bounded. */
const CACHED_PATHS = 4096;

function compile(lines: readonly RuleLine[]): (path: Path, type: FileType) => RuleLine | undefined {
  if (lines.length === 0) return () => undefined;
  const options = { ignorecase: false };
  const rules = createIgnore(options).add(
    lines.map(({ pattern }, index) => ({ pattern, mark: String(index) })),
  );
  let instance: Ignore = createIgnore(options).add(rules);
  let asked = 0;
  return (path, type) => {
    if (++asked % CACHED_PATHS === 0) instance = createIgnore(options).add(rules);
    const { rule } = instance.test(type === "dir" ? `${path}/` : path);
    return rule === undefined ? undefined : lines[Number(rule.mark)];
  };
}

/** The leading segments of a pattern that hold no wildcard, without slashes at its ends; empty when it matches at any depth. */
function plainPrefix(pattern: string): string {
  const body = pattern.replace(/^\//, "").replace(/\/$/, "");
  if (pattern.startsWith("!") || !`${pattern.startsWith("/") ? "/" : ""}${body}`.includes("/")) {
    return "";
  }
  const segments = body.split("/");
  const wild = segments.findIndex((segment) => /[*?[]/.test(segment));
  const plain = wild === -1 ? segments : segments.slice(0, wild);
  return plain.join("/").replaceAll(/\\(.)/g, "$1");
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
