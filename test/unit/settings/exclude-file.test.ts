import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { DEFAULT_EXCLUDE, parseExcludeFile } from "../../../lib/settings/exclude-file.ts";

const parse = (value: unknown) => parseExcludeFile(JSON.stringify(value), "/h/exclude.json");

test("the shape of the seed is read as it stands", () => {
  const seed = {
    excluded_extensions: ["log", "tmp", "pyc", "bak", "swp"],
    excluded_folders: ["node_modules", ".git"],
    excluded_files: [".DS_Store", "Thumbs.db"],
  };
  expect(parse(seed)).toEqual({
    ...seed,
    patterns: [],
    include: [],
    CACHEDIR_TAG: true,
    one_file_system: false,
  });
});

test("a file replaces the shipped default wholly", () => {
  expect(parse({}).excluded_folders).toEqual([]);
});

test.each([["log"], [".log"], ["*.log"]])("extension %j may be written so", (written) => {
  expect(parse({ excluded_extensions: [written, ".tar.gz"] }).excluded_extensions).toEqual([
    "log",
    "tar.gz",
  ]);
});

test.each([
  ["500M", "500M"],
  [1000, 1000],
])("max_file_size %j is kept", (size, expected) => {
  expect(parse({ max_file_size: size }).max_file_size).toBe(expected);
});

test.each<[string, unknown, string]>([
  ["a misspelt field", { exclude_folders: [] }, '"exclude_folders" is not known'],
  ["a text for a list", { excluded_folders: "node_modules" }, "excluded_folders: "],
  ["a number in a list", { patterns: [5] }, "patterns[0]: "],
  ["an empty pattern", { patterns: [""] }, "patterns[0]: "],
  ["a size in words", { max_file_size: "big" }, "max_file_size: expected a size"],
  ["a size of nothing", { max_file_size: 0 }, "max_file_size: "],
  ["a flag in words", { CACHEDIR_TAG: "yes" }, "CACHEDIR_TAG: "],
  ["too many entries", { patterns: Array.from({ length: 10_001 }, () => "x") }, "patterns: "],
  ["a list", [], "is not usable"],
])("a file with %s is refused", (_, value, message) => {
  expect(() => parse(value)).toThrow(
    expect.objectContaining({
      code: "invalid-settings",
      message: expect.stringContaining('exclusion file "/h/exclude.json"'),
    }),
  );
  expect(() => parse(value)).toThrow(message);
});

test("a misspelt field is answered with the right one", () => {
  expect(() => parse({ exclude_folders: [] })).toThrow(
    expect.objectContaining({ hint: 'did you mean "excluded_folders"?' }),
  );
});

test("the shipped files are valid, and the default drops only what can be made again", async () => {
  const read = async (name: string) =>
    parseExcludeFile(await readFile(`config/${name}`, "utf8"), name);
  expect(await read("exclude.default.json")).toEqual(DEFAULT_EXCLUDE);
  expect(DEFAULT_EXCLUDE.excluded_folders).not.toContain(".git");
  expect((await read("exclude.example.json")).excluded_folders).toContain(".git");
});
