import { describe, expect, test } from "vitest";
import { bytesOfText, compareByteText, textOfBytes } from "../../../lib/base/index.ts";

describe("bytes as text", () => {
  test.each([
    ["plain", "plain"],
    ["日本😀", "日本😀"],
    ["\ufffd", "\ufffd"],
    [Buffer.from([0x61, 0xff, 0x62]), "a\udcffb"],
    [Buffer.from([0xe4, 0xb8]), "\udce4\udcb8"],
    [Buffer.from([0xef, 0xbf, 0xbd, 0x80]), "\ufffd\udc80"],
    [Buffer.from([0xed, 0xa0, 0x80]), "\udced\udca0\udc80"],
  ])("%j stands as %j", (bytes, text) => {
    expect(textOfBytes(Buffer.from(bytes))).toBe(text);
    expect(bytesOfText(text)).toEqual(Buffer.from(bytes));
  });

  test("another lone surrogate is encoded as it is, which names no real file", () => {
    expect(bytesOfText("\ud800")).toEqual(Buffer.from([0xed, 0xa0, 0x80]));
  });

  test("texts sort by their bytes, not by their UTF-16 units", () => {
    const sorted = ["a", "a\udcff", "b", "\uffee", "😀", "\udc80"];
    const byBytes = [...sorted].sort((a, b) => Buffer.compare(bytesOfText(a), bytesOfText(b)));
    expect([...sorted].reverse().sort(compareByteText)).toEqual(byBytes);
    expect(compareByteText("😀", "\uffee")).toBeGreaterThan(0);
    expect("😀" > "\uffee").toBe(false);
  });
});
