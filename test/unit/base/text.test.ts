import { expect, test } from "vitest";
import { count, escapeText, quote } from "../../../lib/base/index.ts";

test.each([
  ["plain/päth 文件 😀", "plain/päth 文件 😀"],
  ["two\nlines\r\tand tab", "two\\nlines\\r\\tand tab"],
  ["\u001b[31mred", "\\x1b[31mred"],
  ["bell\u0007 del\u007f c1\u009b", "bell\\x07 del\\x7f c1\\x9b"],
  ["a\\n", "a\\\\n"],
  ["abc\u202egpj.exe", "abc\\u202egpj.exe"],
  ["iso\u2066late\u2069 mark\u200f\u061c", "iso\\u2066late\\u2069 mark\\u200f\\u061c"],
  ["line\u2028end\u2029", "line\\u2028end\\u2029"],
  ["caf\udce9", "caf\\udce9"],
  ["high\ud800alone", "high\\ud800alone"],
  ["", ""],
])("shows %j without control over the terminal", (text, expected) => {
  expect(escapeText(text)).toBe(expected);
});

test("two different names never look the same", () => {
  const names = ["a\n", "a\\n", "a\\\n", "\udce9", "\\udce9", "\ufffd", "\u001b", "\\x1b"];
  expect(new Set(names.map(escapeText)).size).toBe(names.length);
});

test("a quoted name cannot close its own quotes", () => {
  expect(quote('x" is fine, "y')).toBe('"x\\" is fine, \\"y"');
  expect(quote('ends with \\"')).toBe('"ends with \\\\\\""');
});

test.each([
  [0, "0 files"],
  [1, "1 file"],
  [22_051, "22,051 files"],
])("counts %d", (n, expected) => {
  expect(count(n, "file")).toBe(expected);
});

test("an irregular plural is taken as given", () => {
  expect(count(2, "entry", "entries")).toBe("2 entries");
});
