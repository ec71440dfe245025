import { expect, test } from "vitest";
import { PathTable } from "../../../../lib/archive/names/index.ts";

test("PathTable remembers what was last set for each of many paths", () => {
  const table = new PathTable();
  const paths = Array.from({ length: 50_000 }, (_, i) => `payload/posix/home/u/${i % 97}/f${i}`);
  for (const [i, path] of paths.entries()) table.set(path, i % 512);
  table.set("payload/posix/home/u/0/f0", 7);
  expect(table.get("payload/posix/home/u/0/f0")).toBe(7);
  expect(paths.slice(1).every((path, i) => table.get(path) === (i + 1) % 512)).toBe(true);
  expect(table.get("payload/posix/home/u/0/f1x")).toBeUndefined();
  expect(table.size).toBe(paths.length);
});
