import { BackupError, textOfBytes } from "../../base/index.ts";

export const BLOCK_BYTES = 512;

/** One header block, with nothing from extension headers yet. */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  /** The type flag's character; `0` for old tars' NUL. */
  readonly flag: string;
  readonly linkname: string;
}

/*
 * offset  length  field
 *      0     100  name
 *    100       8  mode, octal
 *    124      12  size, octal, or binary with the top bit set
 *    136      12  mtime, likewise
 *    148       8  checksum: sum of all bytes with this field as spaces
 *    156       1  type flag
 *    157     100  link name
 *    257       6  "ustar\0", or "ustar " (GNU, which uses the prefix for something else)
 *    345     155  prefix
 */

/**
 * Parses a header block; undefined for a block of zeros, which ends a tar.
 * @throws BackupError `data-corrupt`
 */
export function parseTarHeader(block: Uint8Array): TarHeader | undefined {
  if (isZeros(block)) return undefined;
  if (!hasTarChecksum(block)) {
    throw new BackupError("data-corrupt", "archive: a tar header does not fit its checksum");
  }
  const name = textField(block, 0, 100);
  const isUstar = Buffer.from(block.subarray(257, 263)).toString("latin1") === "ustar\0";
  const prefix = isUstar ? textField(block, 345, 155) : "";
  const flag = block[156] === 0 ? "0" : String.fromCharCode(block[156] as number);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: numberField(block, 100, 8),
    sizeBytes: numberField(block, 124, 12),
    mtimeSeconds: numberField(block, 136, 12, { maySubtract: true }),
    flag,
    linkname: textField(block, 157, 100),
  };
}

export function hasTarChecksum(block: Uint8Array): boolean {
  let sum = 8 * 0x20;
  for (let i = 0; i < 148; i++) sum += block[i] as number;
  for (let i = 156; i < BLOCK_BYTES; i++) sum += block[i] as number;
  const text = Buffer.from(block.subarray(148, 156)).toString("latin1");
  return Number.parseInt(/^ *([0-7]+)[ \0]/.exec(`${text}\0`)?.[1] ?? "-1", 8) === sum;
}

export function isZeros(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

function textField(block: Uint8Array, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return textOfBytes(end < 0 ? field : field.subarray(0, end));
}

function numberField(
  block: Uint8Array,
  start: number,
  length: number,
  { maySubtract = false } = {},
): number {
  const field = block.subarray(start, start + length);
  const first = field[0] as number;
  const value = (first & 0x80) !== 0 ? binaryNumber(field) : octalNumber(field);
  if (!Number.isSafeInteger(value) || (value < 0 && !maySubtract)) {
    throw new BackupError("data-corrupt", "archive: a tar header holds a number that cannot be");
  }
  return value;
}

function octalNumber(field: Uint8Array): number {
  const text = Buffer.from(field).toString("latin1").replace(/\0.*$/s, "").trim();
  if (text === "") return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

/** Base 256 after the marking bit, two's complement. */
function binaryNumber(field: Uint8Array): number {
  let value = ((field[0] as number) & 0x40) !== 0 ? -1 : 0;
  for (const [i, byte] of field.entries()) {
    const digits = i === 0 ? byte & 0x7f : byte;
    value = i === 0 && value === -1 ? digits - 128 : value * 256 + digits;
  }
  return value;
}
