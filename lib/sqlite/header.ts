const MAGIC = Buffer.from("SQLite format 3\0", "latin1");

/** How many bytes of a file {@link isSqliteHeader} needs. */
export const SQLITE_HEADER_BYTES: number = MAGIC.length;

/**
 * Whether a file that begins like this is a SQLite database. Encrypted databases do not, and an empty file, which SQLite takes for
 * an empty database, has nothing to tell.
 * @see https://www.sqlite.org/fileformat2.html, "Magic Header String"
 */
export function isSqliteHeader(head: Uint8Array): boolean {
  return head.length >= MAGIC.length && MAGIC.equals(head.subarray(0, MAGIC.length));
}
