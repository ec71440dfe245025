import createIgnore from "ignore";
import type { FileType, Path } from "../../filesystem/index.ts";

/** Says whether lines in gitignore syntax match a path, itself or by a directory above it. */
export type PatternMatcher = (relativePath: Path, type: FileType) => boolean;

/** Lines from a manifest may be anything; those that are no patterns match nothing. Matching is case-sensitive. */
export function createPatternMatcher(lines: readonly string[]): PatternMatcher {
  if (lines.length === 0) return () => false;
  const rules = createIgnore({ ignorecase: false, allowRelativePaths: true }).add([...lines]);
  return (relativePath, type) => {
    try {
      return rules.ignores(type === "dir" ? `${relativePath}/` : relativePath);
    } catch {
      return false;
    }
  };
}
