import { describe, expect, test } from "vitest";
import {
  type ExcludeFile,
  type RuleFlags,
  resolveRules,
  rulesForRoot,
} from "../../../lib/capture/index.ts";
import { createRuleMatcher, type RuleMatcher } from "../../../lib/capture/rules/index.ts";
import { NO_RULES } from "../../helpers/plain-installation.ts";

const ROOT = "/home/u/.openclaw";

function matcher(file: Partial<ExcludeFile>, flags: RuleFlags = {}, root = ROOT): RuleMatcher {
  return createRuleMatcher(rulesForRoot(resolveRules({ ...NO_RULES, ...file }, flags), root));
}

/** Paths that end with a slash are directories. */
function isOut(rules: RuleMatcher, path: string): boolean {
  const isDirectory = path.endsWith("/");
  return (
    rules.exclusionOf(isDirectory ? path.slice(0, -1) : path, isDirectory ? "dir" : "file") !==
    undefined
  );
}

describe("the seed's shape", () => {
  const rules = matcher({
    excluded_extensions: ["log", ".PYC", "*.bak", "tar.gz"],
    excluded_folders: ["node_modules", "workspace/big", "/agents/x/", "we[i]rd*"],
    excluded_files: [".DS_Store", "workspace/secret.txt", "#x", "!y"],
  });

  test.each([
    ["a.log", true],
    ["deep/down/A.LoG", true],
    ["x.pyc", true],
    ["x.bak", true],
    ["x.tar.gz", true],
    ["x.gz", false],
    ["log", false],
    ["xlog", false],
    ["a.log/", false],
    ["node_modules/", true],
    ["workspace/p/node_modules/", true],
    ["workspace/p/node_modules", false],
    ["workspace/p/node_modules/x/y.js", true],
    ["workspace/big/", true],
    ["other/workspace/big/", false],
    ["agents/x/", true],
    ["we[i]rd*/", true],
    ["weird1/", false],
    [".DS_Store", true],
    ["a/b/.DS_Store", true],
    [".DS_Store/", false],
    ["workspace/secret.txt", true],
    ["secret.txt", false],
    ["a/#x", true],
    ["!y", true],
    ["workspace/MEMORY.md", false],
  ])("%s: left out %s", (path, expected) => {
    expect(isOut(rules, path)).toBe(expected);
  });
});

describe("patterns", () => {
  test("are gitignore's: anchored, negated, case-sensitive, the last match deciding", () => {
    const rules = matcher({ patterns: ["*.md", "!KEEP.md", "/top", "a/**/z"] });
    expect(isOut(rules, "x.md")).toBe(true);
    expect(isOut(rules, "x.MD")).toBe(false);
    expect(isOut(rules, "deep/KEEP.md")).toBe(false);
    expect(isOut(rules, "top")).toBe(true);
    expect(isOut(rules, "deep/top")).toBe(false);
    expect(isOut(rules, "a/b/c/z")).toBe(true);
  });

  test("of the run come after those of the file, and say so", () => {
    const rules = matcher({ patterns: ["*.a"] }, { exclude: ["*.b", "!x.a"] });
    expect(rules.exclusionOf("y.a", "file")).toMatchObject({
      label: "*.a",
      source: "exclude.json",
    });
    expect(rules.exclusionOf("y.b", "file")).toMatchObject({ label: "*.b", source: "flag" });
    expect(isOut(rules, "x.a")).toBe(false);
  });

  test("that begin with a root's path hold for that root alone", () => {
    const flags = { exclude: [`${ROOT}/workspace/x`, "/srv/other/y", ROOT] };
    expect(isOut(matcher({}, flags), "workspace/x")).toBe(true);
    expect(isOut(matcher({}, flags), "deep/workspace/x")).toBe(false);
    expect(isOut(matcher({}, flags), "y")).toBe(false);
    expect(isOut(matcher({}, flags, "/srv/other"), "y")).toBe(true);
    expect(isOut(matcher({}, flags, "/srv/other"), "workspace/x")).toBe(false);
  });

  test("match names that hold bytes which are not UTF-8", () => {
    expect(isOut(matcher({ excluded_files: ["w\udcffx"] }), "a/w\udcffx")).toBe(true);
    expect(isOut(matcher({ patterns: ["w?x"] }), "a/w\udcffx")).toBe(true);
  });
});

describe("include", () => {
  test("brings back what another rule leaves out, by itself or with the directory above", () => {
    const rules = matcher(
      { excluded_extensions: ["log"], excluded_folders: ["big"] },
      { include: ["keep.log", "/big/part/"] },
    );
    expect(isOut(rules, "a/keep.log")).toBe(false);
    expect(isOut(rules, "a/other.log")).toBe(true);
    expect(isOut(rules, "big/part/")).toBe(false);
    expect(isOut(rules, "big/part/deep/x")).toBe(false);
    expect(isOut(rules, "big/x")).toBe(true);
  });

  test("opens a directory that is left out only where it names a path in it", () => {
    const rules = matcher(
      {},
      { include: ["*.md", "app/node_modules/own/", "/git/*/x", "**/deep"] },
    );
    expect(rules.mayHoldIncluded("app")).toBe(true);
    expect(rules.mayHoldIncluded("app/node_modules")).toBe(true);
    expect(rules.mayHoldIncluded("app/node_modules/own/lib")).toBe(true);
    expect(rules.mayHoldIncluded("app/node_modules/other")).toBe(false);
    expect(rules.mayHoldIncluded("git/project")).toBe(true);
    expect(rules.mayHoldIncluded("node_modules")).toBe(false);
  });
});

describe("force-exclude", () => {
  test("leaves out by itself, and is what may leave out a database", () => {
    const rules = matcher({ patterns: ["*.sqlite"] }, { forceExclude: ["browser/"] });
    expect(isOut(rules, "x.sqlite")).toBe(true);
    expect(rules.isForced("x.sqlite", "file")).toBe(false);
    expect(isOut(rules, "browser/")).toBe(true);
    expect(rules.isForced("browser", "dir")).toBe(true);
    expect(rules.isForced("browser/a/Cookies", "file")).toBe(true);
  });
});

describe("resolveRules", () => {
  test("reads sizes as people write them, a flag before the file", () => {
    const file = { ...NO_RULES, max_file_size: "1.5K" };
    expect(resolveRules(file)).toMatchObject({ maxFileSizeBytes: 1536, isMaxFileSizeOfRun: false });
    expect(resolveRules({ ...NO_RULES, max_file_size: 10 })).toMatchObject({
      maxFileSizeBytes: 10,
    });
    expect(resolveRules(file, { maxFileSizeBytes: 7 })).toMatchObject({
      maxFileSizeBytes: 7,
      isMaxFileSizeOfRun: true,
    });
    expect(() => resolveRules({ ...NO_RULES, max_file_size: "much" })).toThrow(/"much"/);
  });

  test("keeps matching right after thousands of paths", () => {
    const rules = matcher({ excluded_extensions: ["log"] });
    for (let i = 0; i < 10_000; i++) expect(isOut(rules, `d${i}/x.log`)).toBe(true);
    expect(isOut(rules, "x.txt")).toBe(false);
  });
});
