import { glob, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { expect, test } from "vitest";

/** Design section 10, executable. `lib/index.ts` is the library's face and may import every module's. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  aws: ["base"],
  storage: ["base", "aws"],
  filesystem: ["base"],
  sqlite: ["base", "filesystem"],
  openclaw: ["base", "filesystem", "sqlite"],
  archive: ["base"],
  repository: ["base", "storage"],
  catalog: ["base", "storage", "archive", "repository"],
  capture: ["base", "filesystem", "sqlite", "openclaw"],
  backup: [
    ...["base", "storage", "filesystem", "sqlite", "openclaw", "archive", "repository", "catalog"],
    ...["capture"],
  ],
  restore: [
    ...["base", "storage", "filesystem", "sqlite", "openclaw", "archive", "repository", "catalog"],
  ],
  retention: ["base", "storage", "repository", "catalog"],
  verify: [
    ...["base", "storage", "filesystem", "sqlite", "openclaw", "archive", "repository", "catalog"],
    ...["restore"],
  ],
  provision: ["base", "aws"],
  schedule: ["base", "filesystem"],
  runs: ["base", "filesystem", "sqlite"],
  notify: ["base", "filesystem", "aws"],
  settings: ["base", "filesystem"],
  app: [
    ...[
      "base",
      "aws",
      "storage",
      "filesystem",
      "sqlite",
      "openclaw",
      "archive",
      "repository",
      "catalog",
      "capture",
    ],
    ...["backup", "restore", "retention", "verify", "provision", "settings"],
    ...["schedule", "runs", "notify"],
  ],
  cli: ["base", "settings", "app"],
};

/** Who may do what nobody else may: specifier or text, and the files that may hold it. */
const EXCLUSIVE: readonly { what: RegExp; where: RegExp; rule: string }[] = [
  {
    what: /from "(@aws-sdk|@smithy)\/|import\("(@aws-sdk|@smithy)\//,
    where: /^lib\/(aws|provision|storage\/s3)\//,
    rule: "only aws, provision and storage/s3 use the AWS SDK",
  },
  {
    what: /from "node:fs(\/promises)?"|import\("node:fs/,
    where: /^lib\/(filesystem|storage\/directory|sqlite|backup\/worker)\//,
    rule: "only filesystem, storage/directory, sqlite and backup's worker touch node:fs",
  },
  {
    what: /process\.env\b/,
    where: /^lib\/settings\/environment\.ts$/,
    rule: "only settings reads the environment",
  },
  {
    what: /\bDate\.now\(\)|new Date\(\)|performance\.now\(\)/,
    where: /^lib\/base\/clock\.ts$/,
    rule: "only base/clock reads the time",
  },
  {
    what: /process\.(stdout|stderr|stdin|exitCode|exit\b)/,
    where: /^lib\/cli\//,
    rule: "only cli writes to the terminal or sets the exit code",
  },
  {
    what: /from "node:child_process"|import\("node:child_process/,
    where: /^lib\/(openclaw|schedule)\/|^lib\/filesystem\/flush\.ts$|^lib\/settings\/password\.ts$/,
    rule: "only openclaw, schedule, the flush of a tree and the password command start programs",
  },
];

interface Source {
  readonly file: string;
  readonly module: string;
  readonly text: string;
}

async function sources(): Promise<Source[]> {
  const found: Source[] = [];
  for await (const file of glob("lib/**/*.ts")) {
    const module = file.split("/").length === 2 ? "" : (file.split("/")[1] ?? "");
    found.push({ file, module, text: await readFile(file, "utf8") });
  }
  return found;
}

const importsOf = (source: Source): string[] =>
  [...source.text.matchAll(/(?:from |import\()"(\.[^"]+)"/g)].map(([, specifier = ""]) =>
    posix.join(posix.dirname(source.file), specifier),
  );

test("every module imports only the modules below it", async () => {
  const wrong: string[] = [];
  for (const source of await sources()) {
    if (source.module === "") continue;
    for (const target of importsOf(source)) {
      const [top, to = ""] = target.split("/");
      if (top === "config" || top === "templates") continue;
      const allowed = to === source.module || MAY_IMPORT[source.module]?.includes(to);
      if (top !== "lib" || !allowed) wrong.push(`${source.file} -> ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("a module is entered only through its index", async () => {
  const wrong: string[] = [];
  for (const source of await sources()) {
    for (const target of importsOf(source)) {
      const [top, to, ...rest] = target.split("/");
      if (top !== "lib" || to === source.module) continue;
      if (rest.join("/") !== "index.ts") wrong.push(`${source.file} -> ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("every module stands in the import table", async () => {
  const modules = new Set(
    (await sources()).map((source) => source.module).filter((name) => name !== ""),
  );
  expect([...modules].filter((name) => MAY_IMPORT[name] === undefined)).toEqual([]);
});

test.each(EXCLUSIVE)("$rule", async ({ what, where }) => {
  const wrong = (await sources())
    .filter((source) => !where.test(source.file))
    .filter((source) => what.test(source.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")))
    .map((source) => source.file);
  expect(wrong).toEqual([]);
});

test("every module opens with a comment that says what it does", async () => {
  const wrong = (await sources())
    .filter((source) => /^lib\/[^/]+\/index\.ts$/.test(source.file))
    .filter((source) => !/^\/\*\*[\s\S]*?@module/.test(source.text))
    .map((source) => source.file);
  expect(wrong).toEqual([]);
});
