import { describe, expect, test } from "vitest";
import {
  bytesOfText,
  decodeRecord,
  encodeRecord,
  textOfBytes,
} from "../../../../lib/archive/names/index.ts";

const CASES: readonly (readonly number[])[] = [
  [],
  [0x61, 0xff, 0x62],
  [0xc3, 0xa9],
  [0xc3],
  [0xe2, 0x82, 0xac, 0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x9f, 0x98, 0x80, 0xf4, 0x90, 0x80, 0x80],
  [0xef, 0xbf, 0xbd, 0x80],
  [0xc0, 0x80],
  Array.from({ length: 256 }, (_, i) => i),
];

describe("textOfBytes", () => {
  test.each(CASES.map((bytes) => [Buffer.from(bytes)]))("keeps every byte of %j", (bytes) => {
    expect(bytesOfText(textOfBytes(bytes)).equals(bytes)).toBe(true);
  });

  test("gives text where it is text", () => {
    expect(textOfBytes(Buffer.from("日本\ufffd\ufeff"))).toBe("日本\ufffd\ufeff");
  });
});

test.each(["a b%\n", "日本", "\udcff", "\0\x7f", ""])(
  "a record holds %j as printable ASCII",
  (text) => {
    expect(encodeRecord(text)).toMatch(/^[!-~]*$/);
    expect(decodeRecord(encodeRecord(text))).toBe(text);
  },
);
