import { describe, expect, it } from "vitest";
import {
  compareBytes,
  fsPath,
  isSameOrInside,
  pathFromBuffer,
} from "../../../lib/filesystem/index.ts";

describe("fsPath and pathFromBuffer", () => {
  it("leaves text as it is", () => {
    for (const text of ["", "a/b", "é\u{1f600}", "\ufffd", "\ufeffbom"]) {
      expect(fsPath(text)).toBe(text);
      expect(pathFromBuffer(Buffer.from(text))).toBe(text);
    }
  });

  it.each([
    ["a byte that is no UTF-8", [0x61, 0xe9, 0x62], "a\udce9b"],
    ["a truncated character", [0xe2, 0x82], "\udce2\udc82"],
    ["an overlong slash", [0xc0, 0xaf], "\udcc0\udcaf"],
    ["a surrogate encoded as a character", [0xed, 0xb2, 0x80], "\udced\udcb2\udc80"],
    ["a real replacement character beside a bad byte", [0xef, 0xbf, 0xbd, 0xff], "\ufffd\udcff"],
    ["an emoji beside a bad byte", [0xf0, 0x9f, 0x98, 0x80, 0x80], "\u{1f600}\udc80"],
    ["a code point beyond Unicode", [0xf4, 0x90, 0x80, 0x80], "\udcf4\udc90\udc80\udc80"],
  ])("escapes %s and gives it back", (_, bytes, path) => {
    expect(pathFromBuffer(Uint8Array.from(bytes))).toBe(path);
    expect(fsPath(path)).toEqual(Buffer.from(bytes));
  });

  it("gives other lone surrogates a name that no listing has", () => {
    const bytes = fsPath("\ud800");
    expect(pathFromBuffer(bytes as Buffer)).not.toBe("\ud800");
  });
});

describe("compareBytes", () => {
  it("orders as the bytes do, where code units would not", () => {
    const names = ["\u{1f600}", "\uff5e", "z", "\udcff", "é", "a/b", "a-b", "a"];
    expect([...names].sort(compareBytes)).toEqual([
      ...["a", "a-b", "a/b", "z", "é", "\uff5e", "\u{1f600}", "\udcff"],
    ]);
  });
});

describe("isSameOrInside", () => {
  it.each([
    ["/a/b", "/a", true],
    ["/a", "/a", true],
    ["/ab", "/a", false],
    ["/", "/a", false],
    ["/a", "/", true],
    ["/a/b", "/a/", true],
  ])("%s in %s: %s", (path, directory, expected) => {
    expect(isSameOrInside(path, directory)).toBe(expected);
  });
});
