/**
 * Bytes as text, for names and link targets that may not be UTF-8: every byte that is no part of valid UTF-8 stands as the lone
 * surrogate U+DC00 + byte (as in Python's surrogateescape), so that no name is lost in strings and JSON.
 */

/** The bytes that `text` stands for. Any other lone surrogate stands for no byte of a real name and is encoded as it is (WTF-8). */
export function bytesOfText(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  const pieces: Uint8Array[] = [];
  for (const character of text) {
    const unit = character.charCodeAt(0);
    if (character.length > 1 || unit < 0xd800 || unit > 0xdfff) pieces.push(Buffer.from(character));
    else if (unit >= 0xdc80 && unit <= 0xdcff) pieces.push(Uint8Array.of(unit - 0xdc00));
    else pieces.push(Uint8Array.of(0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)));
  }
  return Buffer.concat(pieces);
}

/** The text that stands for `bytes`; the inverse of {@link bytesOfText}. */
export function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  if (!text.includes("\ufffd") || Buffer.from(text, "utf8").equals(buffer)) return text;
  const pieces: string[] = [];
  for (let at = 0; at < buffer.length; ) {
    const length = characterLength(buffer, at);
    pieces.push(
      length === 0
        ? String.fromCharCode(0xdc00 + (buffer[at] as number))
        : buffer.toString("utf8", at, at + length),
    );
    at += Math.max(length, 1);
  }
  return pieces.join("");
}

/** Bytes of the valid UTF-8 character at `at`; 0 when there is none. */
function characterLength(buffer: Buffer, at: number): number {
  const first = buffer[at] as number;
  if (first < 0x80) return 1;
  const character = buffer.subarray(at, at + (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2));
  const isWhole = Buffer.from(character.toString("utf8"), "utf8").equals(character);
  return isWhole ? character.length : 0;
}

/** Orders texts by the bytes they stand for, which is not the order of their UTF-16 units. */
export function compareByteText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Code units and UTF-8 bytes sort alike below the surrogates.
    if (x < 0xd800 && y < 0xd800) return x - y;
    return Buffer.compare(bytesOfText(a), bytesOfText(b));
  }
  return a.length - b.length;
}
