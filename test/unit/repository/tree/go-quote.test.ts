import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { goQuote, goUnquote } from "../../../../lib/repository/tree/go-quote.ts";
import { isPrintable } from "../../../../lib/repository/tree/printable.ts";

describe("Go's quoting", () => {
  test.each([
    ["plain name.txt", "plain name.txt"],
    ['say "hi"', 'say \\"hi\\"'],
    ["back\\slash", "back\\\\slash"],
    ["it's `fine` & <ok>", "it's `fine` & <ok>"],
    ["\x07\b\f\n\r\t\v", "\\a\\b\\f\\n\\r\\t\\v"],
    ["\x01\x1b\x7f", "\\x01\\x1b\\x7f"],
    ["日本é", "日本é"],
    ["a\u00a0b\u00ad", "a\\u00a0b\\u00ad"],
    ["👩\u200d💻", "👩\\u200d💻"],
    ["\u{e0001}\u{f0000}", "\\U000e0001\\U000f0000"],
    ["\u2028\ufeff\ue000", "\\u2028\\ufeff\\ue000"],
    ["\ufffd", "\ufffd"],
    ["a\udcff\udce4b", "a\\xff\\xe4b"],
    ["\u{1fae0}", "\u{1fae0}"],
  ])("%j becomes %s and back", (name, quoted) => {
    expect(goQuote(name)).toBe(quoted);
    expect(goUnquote(quoted)).toBe(name);
  });

  test.each([
    ["\\101\\x41\\u0041\\U00000041", "AAAA"],
    ["\\xe6\\x97\\xa5", "日"],
    ["\\346\\227\\245\\xff", "日\udcff"],
    ["\\x00", "\0"],
    ["it's", "it's"],
  ])("reads what others may write: %s", (quoted, name) => {
    expect(goUnquote(quoted)).toBe(name);
  });

  test.each([
    '"',
    "\\",
    "a\\",
    "\\q",
    "\\'",
    "\\x4",
    "\\u004",
    "\\ud800",
    "\\U00110000",
    "\\400",
    "\\8",
    "a\nb",
  ])("refuses %j as Go does", (quoted) => {
    expect(goUnquote(quoted)).toBeUndefined();
  });

  test("any other lone surrogate is quoted as its bytes", () => {
    expect(goQuote("\ud800")).toBe("\\xed\\xa0\\x80");
  });
});

test("printable are exactly the runes that Go calls printable", () => {
  // A Go 1.26 program asked unicode.IsPrint for every rune and set bit r&7 of byte r>>3; this is the SHA-256 of these bytes.
  const bits = new Uint8Array(0x110000 / 8);
  for (let rune = 0; rune < 0x110000; rune++) {
    if (isPrintable(rune)) bits[rune >> 3] = (bits[rune >> 3] ?? 0) | (1 << (rune & 7));
  }
  expect(hash("sha256", bits)).toBe(
    "dbe4beecc0027b38c16c32d304958e611e27baa40412efea4cf616346eb631a2",
  );
});
