import type { Path } from "./types.ts";

/**
 * Gives `node:fs` the form of a path that names exactly its bytes: the string itself, or a Buffer where the path holds
 * bytes that are not UTF-8 (lone surrogates U+DC80 to U+DCFF, see {@link Path}).
 *
 * Other lone surrogates stand for no byte; they are encoded as they are (WTF-8), which names no file of a listing.
 */
export function fsPath(path: Path): string | Buffer {
  return path.isWellFormed() ? path : encodePath(path);
}

/** The bytes that a path stands for. */
export function encodePath(path: Path): Buffer {
  if (path.isWellFormed()) return Buffer.from(path, "utf8");
  const pieces: Uint8Array[] = [];
  for (const character of path) {
    const unit = character.charCodeAt(0);
    if (character.length > 1 || unit < 0xd800 || unit > 0xdfff) pieces.push(Buffer.from(character));
    else if (unit >= 0xdc80 && unit <= 0xdcff) pieces.push(Uint8Array.of(unit - 0xdc00));
    else pieces.push(encodeLoneSurrogate(unit));
  }
  return Buffer.concat(pieces);
}

function encodeLoneSurrogate(unit: number): Uint8Array {
  return Uint8Array.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
}

/** The path that stands for these bytes; the inverse of what {@link fsPath} gives. Every byte that is not part of valid UTF-8 is escaped. */
export function pathFromBuffer(bytes: Uint8Array): Path {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  if (!text.includes("\ufffd") || Buffer.from(text, "utf8").equals(buffer)) return text;
  let path = "";
  for (let at = 0; at < buffer.length; ) {
    const length = characterLength(buffer, at);
    path +=
      length === 0
        ? String.fromCharCode(0xdc00 + (buffer[at] as number))
        : buffer.toString("utf8", at, at + length);
    at += Math.max(length, 1);
  }
  return path;
}

/** Bytes of the valid UTF-8 character at `at`; 0 when there is none. */
function characterLength(buffer: Buffer, at: number): number {
  const first = buffer[at] as number;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const character = buffer.subarray(at, at + length);
  const isWhole = Buffer.from(character.toString("utf8"), "utf8").equals(character);
  return isWhole ? length : 0;
}

/** Orders paths and names by the bytes they stand for. */
export function compareBytes(a: Path, b: Path): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Code units and UTF-8 bytes sort alike below the surrogates.
    if (x < 0xd800 && y < 0xd800) return x - y;
    return Buffer.compare(encodePath(a), encodePath(b));
  }
  return a.length - b.length;
}

/** Whether `path` is `directory` or lies below it. Compares text: both absolute and normalized, links are not resolved. */
export function isSameOrInside(path: Path, directory: Path): boolean {
  if (!path.startsWith(directory)) return false;
  return (
    path.length === directory.length || directory.endsWith("/") || path[directory.length] === "/"
  );
}

/** `directory/name`, without a second slash after `/`. */
export function joinPath(directory: Path, name: Path): Path {
  if (name === "") return directory;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}
