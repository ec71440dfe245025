import fc from "fast-check";
import { expect, test } from "vitest";
import { type DiffLine, diffLines } from "../../../lib/base/index.ts";

const signs = { same: " ", removed: "-", added: "+" } as const;
const shown = (lines: readonly DiffLine[]) => lines.map(({ kind, text }) => signs[kind] + text);

test.each([
  ["", "", []],
  ["a\nb\n", "a\nb", [" a", " b"]],
  ["", "a\n", ["+a"]],
  ["a\n", "", ["-a"]],
  ["a\nb\nc\n", "a\nx\nc\n", [" a", "-b", "+x", " c"]],
  ["a\nb\nc\nd\n", "b\nc\ne\nd\n", ["-a", " b", " c", "+e", " d"]],
])("%j to %j differs as people would say", (before, after, expected) => {
  expect(shown(diffLines(before, after))).toEqual(expected);
});

test("both texts can be read from any comparison, and what is the same is as much as there can be", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const found = diffLines(before.join("\n"), after.join("\n"));
      const of = (...kinds: DiffLine["kind"][]) =>
        found.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text);
      expect(of("same", "removed")).toEqual(before);
      expect(of("same", "added")).toEqual(after);
      expect(of("same")).toHaveLength(longestCommon(before, after));
    }),
  );
});

test("texts that have little in common take bounded time", () => {
  const before = Array.from({ length: 20_000 }, (_, i) => `a${i}`).join("\n");
  const after = Array.from({ length: 20_000 }, (_, i) => `b${i}`).join("\n");
  expect(diffLines(before, after)).toHaveLength(40_000);
});

function longestCommon(a: readonly string[], b: readonly string[]): number {
  const row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number;
      row[j] = x === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1] as number);
      diagonal = above;
    }
  }
  return row[b.length] as number;
}
