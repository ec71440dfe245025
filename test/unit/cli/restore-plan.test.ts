import { expect, test } from "vitest";
import type { RestorePlan } from "../../../lib/app/index.ts";
import { hang } from "../../../lib/cli/format.ts";
import type { Output } from "../../../lib/cli/output.ts";
import { formatRestorePlan } from "../../../lib/cli/views/index.ts";

const nothing = { count: 0, bytes: 0, examples: [] };
const state = "/home/u/.openclaw";

const planOf = (changes: Partial<RestorePlan> = {}): RestorePlan => ({
  source: "backup 20261121T030000Z-k3f9xq in storage s3",
  backup: null,
  mode: "in-place",
  target: state,
  roots: [
    { from: "/srv/research", to: "/srv/research", exists: false, strategy: "rename" },
    { from: state, to: state, exists: true, strategy: "rename" },
  ],
  added: nothing,
  changed: {
    count: 2,
    bytes: 3000,
    examples: [
      { path: `${state}/workspace/MEMORY.md`, sizeBytes: 1000 },
      { path: "/srv/research/a\u001b[2J.md", sizeBytes: 2000 },
    ],
  },
  removed: nothing,
  kept: nothing,
  databases: [],
  preRestore: [`${state}.pre-restore-20261121T030000Z`],
  bytesNeeded: 3000,
  bytesAvailable: 1_000_000_000,
  warnings: [],
  exact: true,
  ...changes,
});

const show = (plan: RestorePlan, width = Number.POSITIVE_INFINITY): string =>
  formatRestorePlan(plan, { width, style: (_, text) => text } as Output);

test("a plan names what lies in the state directory as seen from there, and nothing that steers a terminal", () => {
  const text = show(planOf());
  expect(text).toContain(
    "Changes:  2 files, 3.00 kB: workspace/MEMORY.md, /srv/research/a\\x1b[2J",
  );
  expect(text).toContain("and:      /srv/research (new)");
});

test("a plan that changes nothing says so in one line", () => {
  const text = show(planOf({ changed: nothing }));
  expect(text).toMatch(/Changes: {2}none/);
  expect(text).not.toMatch(/Adds|Removes/);
});

test("without a list of what is in the archive no numbers are claimed", () => {
  const text = show(planOf({ exact: false, changed: nothing }));
  expect(text).toMatch(/Changes: {2}known only once the archive is read/);
  expect(text).not.toMatch(/none/);
});

test("of many databases, those that the agent cannot live without come first", () => {
  const others = Array.from({ length: 9 }, (_, i) => `${state}/memory/m${i}.sqlite`);
  const paths = [...others, `${state}/state/openclaw.sqlite`];
  const databases = paths.map((path) => ({ path, sizeBytes: 1, action: "restore" as const }));
  const lines = show(planOf({ databases })).match(/^Database:.*$/gm);
  expect(lines).toHaveLength(7);
  expect(lines?.[0]).toContain("state/openclaw.sqlite");
  expect(lines?.at(-1)).toContain("… and 4 more");
});

test("on a narrow terminal lines break between words, below where they began", () => {
  const lines = show(planOf({ warnings: ["one two three ".repeat(10).trim()] }), 50).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(
    // A path has no place to break.
    lines.reduce((longest, line) => Math.max(longest, /\S{40,}/.test(line) ? line.length : 0), 50),
  );
  expect(lines.filter((line) => /^ {10}\S/.test(line)).length).toBeGreaterThan(2);
});

test("without a terminal no line is broken", () => {
  expect(hang("Mind:", "word ".repeat(100).trim(), Number.POSITIVE_INFINITY)).not.toContain("\n");
});
