import type { FileStat } from "../../filesystem/index.ts";

/** What happened to an open file between two looks at it. */
export type Change = "none" | "grew" | "changed";

/**
 * Compares a file before and after it was read. A new mode, owner or name (ctime alone) leaves the content as it was; a larger
 * size is taken for an append, whose earlier bytes stand.
 */
export function changeBetween(before: FileStat, after: FileStat): Change {
  if (after.sizeBytes === before.sizeBytes && after.mtimeNs === before.mtimeNs) return "none";
  return after.sizeBytes > before.sizeBytes ? "grew" : "changed";
}
