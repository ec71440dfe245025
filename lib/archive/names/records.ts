import { bytesOfText, textOfBytes } from "../../base/index.ts";

/**
 * Own pax records, written only where name, link target or mode of an entry cannot stand in the tar as they are. Others ignore them.
 * Values are {@link encodeRecord}ed.
 */
export const RECORDS = {
  /** The absolute source path. */
  path: "CLAWBACK.path",
  /** A symbolic link's text. */
  target: "CLAWBACK.linkpath",
  /** Permission bits, octal. */
  mode: "CLAWBACK.mode",
} as const;

/** Text as ASCII: what is not printable, and `%`, stands as `%xx` for each byte. */
export function encodeRecord(text: string): string {
  let encoded = "";
  for (const byte of bytesOfText(text)) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== PERCENT;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return encoded;
}

/** The inverse of {@link encodeRecord}. */
export function decodeRecord(value: string): string {
  const latin = value.replaceAll(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return textOfBytes(Buffer.from(latin, "latin1"));
}

const PERCENT = 0x25;
