import fc from "fast-check";
import { expect, test } from "vitest";
import { findJsonError, parseJsonText } from "../../../lib/settings/json-text.ts";

test.each([
  ["", 1, 1, "the end of the file"],
  ["   \n", 2, 1, "the end of the file"],
  ["{", 1, 2, "the end of the file"],
  ['{"a": 1,}', 1, 9, '"}"'],
  ['{"a": 1\n "b": 2}', 2, 2, '"\\""'],
  ['{\n  "a": hello\n}', 2, 8, '"h"'],
  ["[1, 2", 1, 6, "the end of the file"],
  ["[1 2]", 1, 4, '"2"'],
  ["{'a': 1}", 1, 2, '"\'"'],
  ['{"a": 01}', 1, 7, '"0"'],
  ['{"a": "two\nlines"}', 1, 7, '"\\""'],
  ["// note\n{}", 1, 1, '"/"'],
  ['{"a": NaN}', 1, 7, '"N"'],
  ["{} {}", 1, 4, '"{"'],
  ['{"a": "x\\q"}', 1, 7, '"\\""'],
  ["truest", 1, 1, '"t"'],
])("tells where %j breaks", (text, line, column, found) => {
  expect(() => parseJsonText(text, "settings file")).toThrow(
    expect.objectContaining({
      code: "invalid-settings",
      message: `settings file is not valid JSON: line ${line}, column ${column}: ${found} is not expected here`,
      details: { line, column },
    }),
  );
});

test("agrees with JSON.parse on what is JSON", () => {
  const piece = fc.constantFrom(
    ...[
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"',
      "\\",
      "1",
      "-",
      "0.5",
      "1e9",
      "true",
      "null",
      " ",
    ],
    ...["\n", "é", "\ud800", "\u2028", "\u0000", "\u007f", "01", "tru", "\\u00e9", "//"],
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    fc.json(),
    fc.json().map((json) => json.slice(0, -1)),
  );
  fc.assert(
    fc.property(text, (json) => {
      expect(findJsonError(json) === undefined).toBe(parses(json));
    }),
    { numRuns: 3_000 },
  );
});

test("every value that is cut short is recognised", () => {
  const whole = JSON.stringify({ a: ["x\n", 1.5, { b: null }], ü: "\\" });
  for (let end = 0; end < whole.length; end++) {
    expect(findJsonError(whole.slice(0, end)), whole.slice(0, end)).toBeDefined();
  }
});

test.each([
  ["nested arrays", "[".repeat(100_000)],
  ["nested objects", '{"a":'.repeat(50_000)],
  ["a long open string", `"${"a".repeat(1_000_000)}`],
  ["a long run of blanks", `${" ".repeat(1_000_000)}x`],
])("%s end quickly", (_, text) => {
  expect(findJsonError(text)).toBeDefined();
});

test("a long string is read", () => {
  expect(findJsonError(JSON.stringify('ab\\"c\n'.repeat(150_000)))).toBeUndefined();
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
