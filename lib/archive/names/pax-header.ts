/** A pax header's content is read in one piece up to here. */
const SAFE_BYTES = 512;

/**
 * Whether a stored path would be too far back in its pax header for characters other than ASCII.
 *
 * node-tar, which OpenClaw reads with, joins the pieces of a longer pax header as text, and where they are cut depends on how its input comes: a
 * character on a cut arrives as rubbish, the record is dropped, and the entry gets a name outside the archive's root (seen with 22 of 300
 * such names). So a path must not be written that way at all. What holds for a directory holds for everything below it.
 */
export function isBeyondPaxText(storedPath: string): boolean {
  if (storedPath.length * 3 + LONGEST_START.length < SAFE_BYTES) return false;
  return hasTextBeyond(Buffer.from(LONGEST_START + storedPath, "utf8"));
}

/** Whether a pax header's content holds anything but ASCII where it may be cut. */
export function hasTextBeyond(content: Uint8Array): boolean {
  for (let i = SAFE_BYTES; i < content.length; i++) {
    if ((content[i] as number) >= 0x80) return true;
  }
  return false;
}

/** The record's length has at most five digits, for paths of any real length. */
const LONGEST_START = "NNNNN path=";
