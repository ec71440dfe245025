import { BackupError, textOfBytes } from "../../base/index.ts";

/** The records of a pax header; the last one of a key counts. */
export type PaxRecords = ReadonlyMap<string, string>;

/**
 * Parses the content of a pax header: records of the form `LENGTH key=value\n`, where LENGTH counts the whole record.
 * @throws BackupError `data-corrupt`
 */
export function parsePax(bytes: Uint8Array): PaxRecords {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    // GNU tar may fill up with zeros.
    if (bytes[at] === 0) break;
    const record = readRecord(bytes, at);
    records.set(record.key, record.value);
    at = record.end;
  }
  return records;
}

const SPACE = 0x20;
const EQUALS = 0x3d;
const LINE_FEED = 0x0a;

function readRecord(bytes: Uint8Array, start: number): { key: string; value: string; end: number } {
  const space = bytes.indexOf(SPACE, start);
  const digits = space < 0 ? "" : Buffer.from(bytes.subarray(start, space)).toString("latin1");
  const end = start + (/^[0-9]{1,8}$/.test(digits) ? Number(digits) : 0);
  const equals = bytes.indexOf(EQUALS, space);
  const isWhole = end <= bytes.length && bytes[end - 1] === LINE_FEED;
  if (space < 0 || equals < 0 || equals >= end || equals <= space + 1 || !isWhole) {
    throw new BackupError("data-corrupt", "archive: a pax header holds a record that is none");
  }
  return {
    key: textOfBytes(bytes.subarray(space + 1, equals)),
    value: textOfBytes(bytes.subarray(equals + 1, end - 1)),
    end,
  };
}

/** A pax time, seconds with any fraction, in nanoseconds; undefined when `value` is none. */
export function parsePaxTime(value: string): bigint | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d+))?$/.exec(value);
  if (match === null) return undefined;
  const [, sign, seconds = "0", fraction = ""] = match;
  const ns = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return sign === "-" ? -ns : ns;
}
