import { describe, expect, test } from "vitest";
import { parseTarHeader } from "../../../../lib/archive/read/tar-header.ts";
import { type RawHeader, rawEntry } from "../../../helpers/tar-blocks.ts";

const parse = (header: RawHeader) =>
  parseTarHeader(rawEntry({ name: "a", ...header }).subarray(0, 512));
const binary = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

describe("parseTarHeader", () => {
  test("reads the fields", () => {
    const header = {
      name: "a/b",
      prefix: "p",
      mode: 0o4755,
      size: 12,
      mtime: 7,
      flag: "2",
      linkname: "l",
    };
    expect(parse(header)).toEqual({
      ...{ name: "p/a/b", mode: 0o4755, sizeBytes: 12, mtimeSeconds: 7, flag: "2", linkname: "l" },
    });
  });

  test("ends at a block of zeros", () => {
    expect(parseTarHeader(Buffer.alloc(512))).toBeUndefined();
  });

  test.each([
    ["binary", binary(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2), 258],
    ["beyond 8 GiB", binary(0x80, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0), 3 * 2 ** 32],
    ["with spaces", "       144 ", 100],
    ["without an end", "000000000144", 100],
    ["empty", "\0", 0],
  ])("reads a size that is %s", (_, size, expected) => {
    expect(parse({ size })?.sizeBytes).toBe(expected);
  });

  test("reads a time before 1970", () => {
    const mtime = binary(...Array(11).fill(0xff), 0xfe);
    expect(parse({ mtime })?.mtimeSeconds).toBe(-2);
  });

  test.each([
    ["a wrong checksum", { checksum: "000000\0 " }],
    ["no checksum", { checksum: "\0\0\0\0\0\0\0\0" }],
    ["a size that is no number", { size: "12x45678901" }],
    ["a negative size", { size: binary(...Array(12).fill(0xff)) }],
    ["a size beyond all bounds", { size: binary(0x80, ...Array(11).fill(0xff)) }],
    ["a mode that is no number", { mode: "abcdefg" }],
  ])("refuses %s", (_, header) => {
    expect(() => parse(header)).toThrow(expect.objectContaining({ code: "data-corrupt" }));
  });

  test("keeps bytes of a name that are not UTF-8", () => {
    expect(parse({ name: Uint8Array.of(0x61, 0xff) })?.name).toBe("a\udcff");
  });

  test("does not take GNU's other fields for a prefix", () => {
    expect(parse({ magic: "ustar ", prefix: "14000000000" })?.name).toBe("a");
  });
});
