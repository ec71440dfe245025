import { mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import {
  type CapturePlan,
  measureCapture,
  planCapture,
  resolveScope,
} from "../../../lib/capture/index.ts";
import type { Installation } from "../../../lib/openclaw/index.ts";
import {
  type CaptureSetting,
  captureOptions,
  plainInstallation,
} from "../../helpers/plain-installation.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, symlink, type TreeLiteral, tree, writeTree } from "../../helpers/tree.ts";

const state = tree({
  "openclaw.json": file("{}"),
  logs: dir({ "gateway.log": file("12345") }),
  tmp: dir({ a: file("12"), deep: dir({ b: file("345") }) }),
  home: dir({ "settings.json": file("{}") }),
  workspace: dir({
    "MEMORY.md": file("memory"),
    link: symlink("MEMORY.md"),
    "film.mp4": file("0123456789"),
    app: dir({ "index.ts": file("x"), build: dir({ "1.o": file("11"), "2.o": file("22") }) }),
    lib: dir({ build: dir({ "3.o": file("33") }) }),
  }),
});

async function plan(
  literal: TreeLiteral,
  setting: CaptureSetting = {},
  overrides: Partial<Installation> = {},
): Promise<{ plan: CapturePlan; relative: (path: string) => string; totals: unknown }> {
  await using base = await tempDir();
  const stateDir = base.join("state");
  writeTree(stateDir, literal);
  mkdirSync(base.join("tmp"));
  const options = captureOptions(plainInstallation(stateDir, overrides), base.join("tmp"), {
    ...setting,
    ownPaths: [base.join("state/home")],
  });
  return {
    plan: await planCapture(options),
    totals: await measureCapture(options),
    relative: (path) => path.slice(stateDir.length + 1),
  };
}

test("a plan says per class what goes in and what its scope passes over", async () => {
  const { plan: found, totals } = await plan(state);
  expect(found.included).toEqual({ files: 7, bytes: 25 });
  expect(totals).toEqual(found.included);
  expect(found.classes).toEqual([
    { class: "config", included: { files: 1, bytes: 2 }, excluded: { files: 0, bytes: 0 } },
    { class: "logs", included: { files: 0, bytes: 0 }, excluded: { files: 1, bytes: 5 } },
    { class: "workspace", included: { files: 6, bytes: 23 }, excluded: { files: 0, bytes: 0 } },
  ]);
  expect(found.problems).toEqual([]);
});

test("a plan says per rule what it saves, with all that lies below directories, largest first", async () => {
  const { plan: found, relative } = await plan(state, {
    file: { excluded_folders: ["build"], excluded_extensions: ["xyz"] },
    flags: { exclude: ["*.mp4"] },
  });
  const rules = found.rules.map(({ examples, ...rule }) => ({
    ...rule,
    examples: examples.map(relative),
  }));
  expect(rules).toEqual([
    {
      rule: "*.mp4",
      source: "flag",
      excluded: { files: 1, bytes: 10 },
      examples: ["workspace/film.mp4"],
    },
    {
      rule: "excluded_folders: build",
      source: "exclude.json",
      excluded: { files: 3, bytes: 6 },
      examples: ["workspace/app/build", "workspace/lib/build"],
    },
    { rule: "tmp", source: "regenerable", excluded: { files: 2, bytes: 5 }, examples: ["tmp"] },
    {
      rule: "Clawback's own directory, storage or output",
      source: "own",
      excluded: { files: 1, bytes: 2 },
      examples: ["home"],
    },
  ]);
});

test("a plan of --no-workspace counts what lies in the workspace as passed over", async () => {
  const { plan: found } = await plan(state, { scope: resolveScope({ noWorkspace: true }) });
  expect(found.classes.find((one) => one.class === "workspace")).toEqual({
    class: "workspace",
    included: { files: 0, bytes: 0 },
    excluded: { files: 6, bytes: 23 },
  });
});

test("a plan tells what the config mentions and no root covers, and how the installation was found", async () => {
  const { plan: found } = await plan(
    state,
    {},
    {
      notes: ["the config is broken"],
      uncovered: [{ path: "/srv/data", mentionedIn: "cron job sync" }],
    },
  );
  expect(found.notes).toMatchObject([
    { note: "config", detail: "the config is broken" },
    { note: "uncovered", path: "/srv/data", detail: expect.stringContaining("cron job sync") },
  ]);
});

test("examples are few, however many places a rule matches", async () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}.log`, file("x")]));
  const { plan: found } = await plan(tree({ workspace: dir(many) }), {
    file: { excluded_extensions: ["log"] },
  });
  expect(found.rules[0]?.excluded.files).toBe(30);
  expect(found.rules[0]?.examples).toHaveLength(5);
});
