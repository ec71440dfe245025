import { describe, expect, test } from "vitest";
import {
  DEFAULT_SCOPE,
  FULL_CLASSES,
  isFullScope,
  ONLY_CONFIG_CLASSES,
  resolveRules,
  resolveScope,
} from "../../../lib/capture/index.ts";
import { NO_RULES } from "../../helpers/plain-installation.ts";

const rules = resolveRules(NO_RULES);

describe("a scope", () => {
  test("is full by default: every class but logs", () => {
    expect(resolveScope()).toEqual(DEFAULT_SCOPE);
    expect(FULL_CLASSES).not.toContain("logs");
    expect(FULL_CLASSES).toHaveLength(11);
    expect(isFullScope(resolveScope(), rules)).toBe(true);
  });

  test("of --only-config holds config, credentials, cron, devices and skills", () => {
    const scope = resolveScope({ onlyConfig: true });
    expect(scope).toEqual({
      classes: ["config", "credentials", "cron", "devices", "skills"],
      onlyConfig: true,
      includeWorkspace: true,
    });
    expect(scope.classes).toEqual(ONLY_CONFIG_CLASSES);
    expect(isFullScope(scope, rules)).toBe(false);
  });

  test("without workspace is not full", () => {
    const scope = resolveScope({ noWorkspace: true });
    expect(scope.includeWorkspace).toBe(false);
    expect(scope.classes).not.toContain("workspace");
    expect(isFullScope(scope, rules)).toBe(false);
  });

  test("that lacks a workspace, because others were asked for, is not full", () => {
    expect(isFullScope({ ...DEFAULT_SCOPE, lacksWorkspace: true }, rules)).toBe(false);
  });

  test("of chosen classes is sorted and without twins, and full when nothing but logs is missing", () => {
    expect(resolveScope({ classes: ["skills", "config", "skills"] }).classes).toEqual([
      "config",
      "skills",
    ]);
    const everything = resolveScope({ classes: [...FULL_CLASSES, "logs"] });
    expect(isFullScope(everything, rules)).toBe(true);
  });

  test.each([
    [{ classes: ["memory"] }, /class "memory" is not known/],
    [{ classes: [] }, /no class is left/],
    [{ classes: ["workspace"], noWorkspace: true }, /no class is left/],
    [{ classes: ["config"], onlyConfig: true }, /exclude each other/],
  ])("refuses %j", (choice, message) => {
    expect(() => resolveScope(choice)).toThrow(message);
  });
});

describe("a backup is full", () => {
  const scope = resolveScope();

  test("with standing rules in exclude.json, which say what full means on this machine", () => {
    const standing = resolveRules({
      ...NO_RULES,
      excluded_folders: ["node_modules"],
      patterns: ["*.mp4"],
      max_file_size: "500M",
    });
    expect(isFullScope(scope, standing)).toBe(true);
  });

  test.each([
    ["--exclude", { exclude: ["*.mp4"] }],
    ["--max-file-size", { maxFileSizeBytes: 1000 }],
    ["--force-exclude", { forceExclude: ["state/"] }],
  ])("but not when %s cut something away for one run", (_, flags) => {
    expect(isFullScope(scope, resolveRules(NO_RULES, flags))).toBe(false);
  });

  test("with --include, which only adds", () => {
    expect(isFullScope(scope, resolveRules(NO_RULES, { include: ["git/"] }))).toBe(true);
  });
});
