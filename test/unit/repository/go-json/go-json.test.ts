import { describe, expect, test } from "vitest";
import {
  encodeGoJson,
  encodeGoString,
  isShallow,
  parseExactJson,
  readUint64,
} from "../../../../lib/repository/go-json/index.ts";

const parse = (text: string | Uint8Array) =>
  parseExactJson(Buffer.from(text), { subject: "index 12", maxBytes: 1000 });

describe("Go's JSON", () => {
  test.each([
    ["plain", '"plain"'],
    ["<a> & b", '"\\u003ca\\u003e \\u0026 b"'],
    ['"\\', '"\\"\\\\"'],
    ["\u2028\u2029", '"\\u2028\\u2029"'],
    ["\0\x01\b\t\n\f\r\x1f\x7f", '"\\u0000\\u0001\\b\\t\\n\\f\\r\\u001f\x7f"'],
    ["日本😀\u00a0", '"日本😀\u00a0"'],
    ["a\udcffb\udce4", '"a\\ufffdb\\ufffd"'],
    ["\ufffd", '"\ufffd"'],
    ["<\udcff>", '"\\u003c\\ufffd\\u003e"'],
  ])("writes %j as %s", (text, expected) => {
    expect(encodeGoString(text)).toBe(expected);
  });

  test("writes any value without whitespace", () => {
    expect(encodeGoJson({ a: [1, "<", null, true], b: {} })).toBe(
      '{"a":[1,"\\u003c",null,true],"b":{}}',
    );
  });

  test.each([
    '{"a":18446744073709551615}',
    '{"a":[1,-0,1.50,1e400,12345678901234567890.5]}',
    '{"a":{"b":-12345678901234567,"c":0.1}}',
    '{"a":"T03:00:40.5","b":9007199254740993}',
    '{"__proto__":{"a":1e3},"b":2}',
  ])("keeps the numbers of %s", (text) => {
    expect(encodeGoJson(parse(text))).toBe(text);
  });

  test.each([
    ["5", 5n],
    ["0", 0n],
    ["9007199254740993", 9007199254740993n],
    ["18446744073709551615", 18446744073709551615n],
    ["18446744073709551616", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    ['"5"', undefined],
    ["null", undefined],
    ['{"rawJSON":"7"}', undefined],
  ])("reads %s as a 64-bit number: %s", (text, expected) => {
    expect(readUint64(parse(`{"n": ${text}}`).n)).toBe(expected);
  });

  test("tells the nesting of a value", () => {
    expect(isShallow({ a: [{ b: 1 }] }, 3)).toBe(true);
    expect(isShallow({ a: [{ b: 1 }] }, 2)).toBe(false);
    expect(isShallow("x", 0)).toBe(true);
  });
});

describe("what is no JSON object", () => {
  test.each(["", "{", "[]", "null", "1", '{"a":1}x', '"text"', "\x02{}"])("%j", (text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: "data-corrupt",
        message: expect.stringMatching(/^index 12: /),
      }),
    );
  });

  test("is refused when it is too large, or nested beyond the stack", () => {
    expect(() => parse(" ".repeat(1001))).toThrow(
      expect.objectContaining({ code: "limit-exceeded" }),
    );
    const deep = `{"a":-1,"b":${"[".repeat(2_000_000)}${"]".repeat(2_000_000)}}`;
    const run = () => parseExactJson(Buffer.from(deep), { subject: "x", maxBytes: 1e8 });
    expect(run).toThrow(expect.objectContaining({ code: "data-corrupt" }));
  });
});
