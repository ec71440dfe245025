import { describe, expect, test } from "vitest";
import { ownPathOf, storedNameOf } from "../../../../lib/archive/index.ts";
import { escapeComponent, ownNameOf } from "../../../../lib/archive/names/component.ts";
import { isShortened } from "../../../../lib/archive/names/index.ts";

describe("storedNameOf", () => {
  test.each([
    "a.txt",
    ".env",
    " x ",
    "trailing.",
    "日本語",
    "c\u0327",
    "ab:c",
    "12:30",
    "con",
    "-rf",
    "tab\there",
  ])("leaves %j as it is", (name) => {
    expect(storedNameOf(name)).toBe(name);
  });

  test.each([
    ["C:x", "clawback~%43%3ax"],
    ["a\\b", "clawback~a%5cb"],
    ["new\nline", "clawback~new%0aline"],
    ["bad\udcff", "clawback~bad%ff"],
    ["clawback~x", "clawback~clawback%7ex"],
    ["Clawback~x", "clawback~%43lawback%7ex"],
  ])("escapes %j, which OpenClaw would refuse or change", (name, stored) => {
    expect(storedNameOf(name)).toBe(stored);
    expect(ownPathOf(stored)).toBe(name);
  });

  test("keeps an escape within the length of a file name", () => {
    const name = `C:${"\udcfe".repeat(253)}`;
    const stored = storedNameOf(name);
    expect(Buffer.byteLength(stored)).toBeLessThanOrEqual(255);
    expect(stored).toMatch(/^clawback~~[0-9a-f]{32}~[a-z0-9._%-]+$/);
    expect(isShortened(stored)).toBe(true);
    expect(storedNameOf(`${name.slice(0, -1)}x`)).not.toBe(stored);
  });
});

describe("escapeComponent", () => {
  test("gives names that are no twins of one another, whatever their case", () => {
    const names = ["foo", "Foo", "FOO", "fOO", "\u212a", "k", "K", "é", "e\u0301", "%", "%25"];
    const folded = names.map((name) => escapeComponent(name).normalize("NFKC").toLowerCase());
    expect(new Set(folded).size).toBe(names.length);
    expect(names.map(escapeComponent).map(ownNameOf)).toEqual(names);
  });
});

describe("ownPathOf", () => {
  test("undoes each component of a path", () => {
    expect(ownPathOf("payload/posix/srv/clawback~%43%3ax/a/clawback~%ff")).toBe(
      "payload/posix/srv/C:x/a/\udcff",
    );
  });

  test.each([
    "clawback~", // no name
    "clawback~..", // would lead up
    "clawback~a%2fb", // would be two components
    "clawback~%00",
    "clawback~%61", // we write "a" plainly
    "clawback~%4A", // we write lower case
    "clawback~%4",
    "clawback~A",
    `clawback~~${"0".repeat(32)}~x`,
  ])("leaves %j, which is no escape of ours", (stored) => {
    expect(ownPathOf(`a/${stored}/b`)).toBe(`a/${stored}/b`);
  });
});
