import { gzipSync } from "node:zlib";

/** The fields of a raw tar header; bytes are written as they are given. */
export interface RawHeader {
  readonly name?: string | Uint8Array;
  readonly prefix?: string;
  readonly mode?: number | string;
  /** What the header says; the content may be longer or shorter. */
  readonly size?: number | string | Uint8Array;
  readonly mtime?: number | string | Uint8Array;
  readonly flag?: string;
  readonly linkname?: string;
  /** @default "ustar\0" */
  readonly magic?: string;
  readonly checksum?: string;
}

/** One header block and its padded content, without any of the library's own code. */
export function rawEntry(header: RawHeader, content: string | Uint8Array = ""): Buffer {
  const body = Buffer.from(content as string);
  const block = Buffer.alloc(512);
  const put = (value: string | Uint8Array, at: number): void => {
    block.set(Buffer.from(value as string), at);
  };
  put(header.name ?? "", 0);
  put(octal(header.mode ?? 0o644, 7), 100);
  put(octal(header.size ?? body.length, 11), 124);
  put(octal(header.mtime ?? 1_790_000_000, 11), 136);
  put("        ", 148);
  put(header.flag ?? "0", 156);
  put(header.linkname ?? "", 157);
  put(`${header.magic ?? "ustar\0"}00`, 257);
  put(header.prefix ?? "", 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(header.checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** A pax header for the entry that follows. */
export function rawPax(records: Readonly<Record<string, string>>, flag = "x"): Buffer {
  const body = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return rawEntry({ name: "PaxHeader", flag }, Buffer.concat(body));
}

export function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (length !== Buffer.byteLength(`${length}${rest}`)) {
    length = Buffer.byteLength(`${length}${rest}`);
  }
  return Buffer.from(`${length}${rest}`);
}

/** A tar with its end. */
export function rawTar(...entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}

export function rawTarGz(...entries: readonly Uint8Array[]): Buffer {
  return gzipSync(rawTar(...entries));
}

function octal(value: number | string | Uint8Array, digits: number): string | Uint8Array {
  return typeof value === "number" ? `${value.toString(8).padStart(digits, "0")}\0` : value;
}
