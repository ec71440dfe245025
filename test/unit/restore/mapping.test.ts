import { describe, expect, test } from "vitest";
import {
  type BackupRoots,
  freeStamp,
  keptPath,
  mapBack,
  mapElsewhere,
  mapInPlace,
  mapThrough,
  newestFirst,
  stampOf,
} from "../../../lib/restore/layout/index.ts";

const backup = (stateDir: string, ...others: string[]): BackupRoots => ({
  stateDir,
  roots: [
    { kind: "state", path: stateDir },
    ...others.map((path) => ({ kind: "workspace", path })),
  ],
});

const targets = (roots: readonly { readonly to: string }[]) => roots.map(({ to }) => to);

describe("in place, what is outside the state directory goes", () => {
  test.each<[string, string, string[], string, string[]]>([
    [
      "to where it was",
      "/home/u/.openclaw",
      ["/home/u/work", "/srv/x"],
      "/home/u/.openclaw",
      ["/home/u/work", "/srv/x"],
    ],
    [
      "to the same place in another user's directory",
      "/home/u/.openclaw",
      ["/home/u/a/b"],
      "/Users/v/.openclaw",
      ["/Users/v/a/b"],
    ],
    [
      "to its own path when it was not in the user's directory",
      "/home/u/.openclaw",
      ["/srv/x"],
      "/home/v/.openclaw",
      ["/srv/x"],
    ],
    [
      "to its own path when the state directory lay at the top",
      "/openclaw",
      ["/srv/x"],
      "/home/v/.openclaw",
      ["/srv/x"],
    ],
    [
      "nowhere near by names that only begin alike",
      "/home/u/.openclaw",
      ["/home/u2/work"],
      "/home/v/.openclaw",
      ["/home/u2/work"],
    ],
  ])("%s", (...[, stateDir, others, here, expected]) => {
    expect(targets(mapInPlace(backup(stateDir, ...others), here))).toEqual([here, ...expected]);
  });
});

describe("elsewhere, trees stand", () => {
  test.each<[string, string, string[], string[]]>([
    [
      "as in the user's directory",
      "/home/u/.openclaw",
      ["/home/u/work"],
      ["/t/.openclaw", "/t/work"],
    ],
    [
      "by their absolute paths when they lay outside of it",
      "/home/u/.openclaw",
      ["/srv/x"],
      ["/t/.openclaw", "/t/srv/x"],
    ],
    [
      "all by their absolute paths when two would meet",
      "/home/u/.openclaw",
      ["/home/u/srv", "/srv/x"],
      ["/t/home/u/.openclaw", "/t/home/u/srv", "/t/srv/x"],
    ],
    [
      "by their absolute paths when the state directory lay at the top",
      "/openclaw",
      ["/srv/x"],
      ["/t/openclaw", "/t/srv/x"],
    ],
  ])("%s", (_, stateDir, others, expected) => {
    expect(targets(mapElsewhere(backup(stateDir, ...others), "/t"))).toEqual(expected);
  });
});

test("a path is found there and back by the deepest tree that holds it", () => {
  const roots = mapInPlace(backup("/home/u/.openclaw", "/home/u/work"), "/h/.openclaw");
  for (const [from, to] of [
    ["/home/u/.openclaw", "/h/.openclaw"],
    ["/home/u/.openclaw/a/b", "/h/.openclaw/a/b"],
    ["/home/u/work/x", "/h/work/x"],
  ] as const) {
    expect(mapThrough(roots, from)).toBe(to);
    expect(mapBack(roots, to)).toBe(from);
  }
  expect(mapThrough(roots, "/home/u/workshop")).toBeUndefined();
});

test("the names of kept trees tell their time, and nothing else is taken for one", () => {
  const stamp = "20261121T030000Z-2";
  for (const strategy of ["rename", "children"] as const) {
    expect(stampOf(keptPath("/home/u/.openclaw", strategy, stamp), "/home/u/.openclaw")).toBe(
      stamp,
    );
  }
  for (const name of [
    "pre-restore-",
    "pre-restore-x",
    "pre-restore-20261121T030000Z.old",
    "stage-1234",
  ]) {
    expect(stampOf(`/home/u/.openclaw.${name}`, "/home/u/.openclaw")).toBeUndefined();
  }
});

test("stamps only ever become newer", () => {
  const now = new Date("2026-11-21T03:00:00Z");
  const free = (newest: string | undefined, taken: string[] = []) =>
    freeStamp(now, newest, (stamp) => taken.includes(stamp));
  expect(free(undefined)).toBe("20261121T030000Z");
  expect(free(undefined, ["20261121T030000Z"])).toBe("20261121T030000Z-2");
  expect(free("20261120T030000Z-7")).toBe("20261121T030000Z");
  expect(free("20261121T030000Z")).toBe("20261121T030000Z-2");
  expect(free("20261121T030000Z-9")).toBe("20261121T030000Z-10");
  expect(free("20270101T000000Z-9")).toBe("20270101T000000Z-10");
  const stamps = ["20261121T030000Z-10", "20261121T030000Z-9", "20261121T030000Z"];
  expect(stamps.toReversed().sort(newestFirst)).toEqual(stamps);
});
