/**
 * Whether a 512-byte border of a pax header would fall into a character of this path.
 *
 * node-tar, which OpenClaw reads with, joins the blocks of a pax header as text: a character cut by a border arrives as rubbish, the record
 * is dropped, and the entry gets a name outside the archive's root. Whether that happens depends on how its input comes in chunks, so
 * such a path must not be written at all. The record is `NNN path=…` or `NNNN path=…`; both are looked at, so that what holds for a directory
 * holds for everything below it.
 */
export function crossesPaxBlock(storedPath: string): boolean {
  if (storedPath.length * 3 < BLOCK || !/[^\0-\x7f]/.test(storedPath)) return false;
  const bytes = Buffer.from(storedPath, "utf8");
  return ["NNN path=", "NNNN path="].some((start) => cutsCharacter(bytes, start.length));
}

/** Whether a border of 512-byte blocks cuts a character of `bytes`, which begin `offset` bytes into the first block. */
export function cutsCharacter(bytes: Uint8Array, offset: number): boolean {
  for (let border = BLOCK - offset; border < bytes.length; border += BLOCK) {
    if (border > 0 && ((bytes[border] as number) & 0xc0) === 0x80) return true;
  }
  return false;
}

const BLOCK = 512;
