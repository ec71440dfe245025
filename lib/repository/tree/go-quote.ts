import { textOfBytes } from "../../base/index.ts";
import { isPrintable } from "./printable.ts";

/** Names that quoting leaves as they are and that hold nothing for JSON to escape either. */
const PLAIN = /^[ !#-[\]-~]*$/;

const SHORT: ReadonlyMap<number, string> = new Map([
  [0x07, "\\a"],
  [0x08, "\\b"],
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x0b, "\\v"],
  [0x0c, "\\f"],
  [0x0d, "\\r"],
  [0x22, '\\"'],
  [0x5c, "\\\\"],
]);

const MEANING: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  '"': '"',
  "\\": "\\",
};

/**
 * Quotes a name as Go's `strconv.Quote` does, without the outer quotes: what is not printable becomes an escape, and each byte that is not
 * UTF-8 (a lone surrogate in `name`, see `bytesOfText`) becomes `\xNN`.
 */
export function goQuote(name: string): string {
  if (PLAIN.test(name)) return name;
  const pieces: string[] = [];
  for (const character of name) pieces.push(quoteRune(character, character.codePointAt(0) ?? 0));
  return pieces.join("");
}

function quoteRune(character: string, rune: number): string {
  const short = SHORT.get(rune);
  if (short !== undefined) return short;
  if (rune >= 0xd800 && rune <= 0xdfff) return quoteSurrogate(rune);
  if (isPrintable(rune)) return character;
  if (rune < 0x80) return quoteByte(rune);
  if (rune < 0x10000) return `\\u${rune.toString(16).padStart(4, "0")}`;
  return `\\U${rune.toString(16).padStart(8, "0")}`;
}

function quoteSurrogate(unit: number): string {
  if (unit >= 0xdc80 && unit <= 0xdcff) return quoteByte(unit - 0xdc00);
  return [0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)].map(quoteByte).join("");
}

function quoteByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

const ESCAPE =
  /\\(?:([abtnvfr"\\])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|[\\"\n]/g;

/**
 * Reads a quoted name as Go's `strconv.Unquote` does.
 * @returns undefined when Go would not take it.
 */
export function goUnquote(quoted: string): string | undefined {
  if (PLAIN.test(quoted)) return quoted;
  let isValid = true;
  let hasBytes = false;
  const name = quoted.replaceAll(ESCAPE, (_: string, ...groups: (string | undefined)[]) => {
    const [short, hex, octal, u4, u8] = groups;
    if (short !== undefined) return MEANING[short] ?? "";
    const byte = parseByte(hex, octal);
    if (byte !== undefined && byte < 0x100) {
      hasBytes ||= byte >= 0x80;
      return byte < 0x80 ? String.fromCharCode(byte) : String.fromCharCode(0xdc00 + byte);
    }
    const rune = Number.parseInt(u4 ?? u8 ?? "", 16);
    if (rune <= 0x10ffff && (rune < 0xd800 || rune > 0xdfff)) return String.fromCodePoint(rune);
    isValid = false;
    return "";
  });
  if (!isValid) return undefined;
  return hasBytes ? joinBytes(name) : name;
}

function parseByte(hex: string | undefined, octal: string | undefined): number | undefined {
  if (hex !== undefined) return Number.parseInt(hex, 16);
  return octal === undefined ? undefined : Number.parseInt(octal, 8);
}

/** Bytes that were escaped one by one may be valid UTF-8 together; then they are that character. */
function joinBytes(name: string): string {
  return name.replaceAll(/[\udc80-\udcff]+/gu, (run) =>
    textOfBytes(Uint8Array.from(run, (unit) => unit.charCodeAt(0) - 0xdc00)),
  );
}
