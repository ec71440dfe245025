import { isSameOrInside, type Path } from "../../filesystem/index.ts";
import type { ExclusionRules } from "../types.ts";

/** One line in gitignore syntax, relative to a root, and where it comes from. */
export interface RuleLine {
  readonly pattern: string;
  /** As the user wrote it: `excluded_folders: node_modules`, `*.mp4`. */
  readonly label: string;
  readonly source: "exclude.json" | "flag";
}

/** The rules of one root, all in one language, so that a restore can apply them again with any gitignore library. */
export interface RootRules {
  /** The last matching line decides; a directory stands for all it holds. */
  readonly excluded: readonly RuleLine[];
  /** What these match is taken although `excluded` matches it. */
  readonly included: readonly RuleLine[];
  /** What these match is left out even if it is a database or the config. */
  readonly forced: readonly RuleLine[];
}

/** Writes the rules as gitignore lines for one root. Absolute patterns hold for the root that they lie in. */
export function rulesForRoot(rules: ExclusionRules, root: Path): RootRules {
  const lines = (patterns: readonly string[], source: RuleLine["source"]): RuleLine[] =>
    patterns.flatMap((pattern) => {
      const anchored = relativeTo(root, pattern);
      return anchored === undefined ? [] : [{ pattern: anchored, label: pattern, source }];
    });
  const forced = lines(rules.forceExclude, "flag");
  return {
    excluded: [
      ...rules.excludedExtensions.flatMap(extensionLines),
      ...rules.excludedFiles.flatMap(fileLines),
      ...rules.excludedFolders.map(folderLine),
      ...lines(rules.patterns, "exclude.json"),
      ...lines(rules.runPatterns ?? [], "flag"),
      ...forced,
    ],
    included: lines(rules.include, "flag"),
    forced,
  };
}

/**
 * A leading slash anchors a pattern at the root; a pattern that begins with the root's own path is taken as the path it looks like.
 * @returns undefined for the root itself, which no rule can leave out.
 */
function relativeTo(root: Path, pattern: string): string | undefined {
  const isNegative = pattern.startsWith("!");
  const body = isNegative ? pattern.slice(1) : pattern;
  if (!isSameOrInside(body, root)) return pattern;
  const rest = body.slice(root.length);
  if (/^\/*$/.test(rest)) return undefined;
  return `${isNegative ? "!" : ""}${rest.startsWith("/") ? rest : `/${rest}`}`;
}

/** Files only: the second line takes back directories of such a name. */
function extensionLines(extension: string): RuleLine[] {
  const name = extension.replace(/^\*?\./, "");
  const pattern = `*.${[...name].map(eitherCase).join("")}`;
  const label = `excluded_extensions: ${extension}`;
  return fileOnly({ pattern, label, source: "exclude.json" });
}

function fileLines(name: string): RuleLine[] {
  const label = `excluded_files: ${name}`;
  return fileOnly({ pattern: anchorPath(name), label, source: "exclude.json" });
}

function folderLine(name: string): RuleLine {
  const pattern = `${anchorPath(name.replace(/\/+$/, ""))}/`;
  return { pattern, label: `excluded_folders: ${name}`, source: "exclude.json" };
}

function fileOnly(line: RuleLine): RuleLine[] {
  return [line, { ...line, pattern: `!${line.pattern}/` }];
}

/** A name matches at any depth, a path from the root on. */
function anchorPath(name: string): string {
  const relative = name.replace(/^(\.?\/)+/, "");
  return relative.includes("/") ? `/${escapePattern(relative)}` : escapePattern(relative);
}

function eitherCase(character: string): string {
  const lower = character.toLowerCase();
  const upper = character.toUpperCase();
  if (lower === upper || lower.length !== upper.length) return escapePattern(character);
  return `[${lower}${upper}]`;
}

/** A pattern that matches this text and nothing else. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\*?[\]!# ]/g, "\\$&");
}
