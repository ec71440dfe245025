import { quote } from "../../base/index.ts";
import type { FileStat, FileType, Path } from "../../filesystem/index.ts";
import type { SnapshotEntry } from "../types.ts";
import type { Difference, LeftPath, SavedNow } from "./types.ts";

/** What can be done without losing anything, because the snapshot of now has what is there; and what cannot. */
export async function splitBySaved(
  differences: readonly Difference[],
  { contents }: SavedNow,
  signal: AbortSignal | undefined,
): Promise<{ readonly safe: Difference[]; readonly refused: LeftPath[] }> {
  const { entries } = await contents.list({ signal });
  const saved = new Map<Path, SnapshotEntry>();
  for (const entry of entries) if (entry.isDamaged !== true) saved.set(entry.path, entry);
  const omitted = new Map((contents.facts?.omissions ?? []).map((one) => [one.path, one.reason]));
  const safe: Difference[] = [];
  const refused: LeftPath[] = [];
  for (const difference of differences) {
    const problem = problemOf(difference, saved);
    if (problem === undefined) safe.push(difference);
    else {
      const { path } = difference.entry;
      const why = omitted.get(difference.live) ?? omitted.get(path);
      refused.push({ path, reason: why === undefined ? problem : `${NOT_SAVED} (${why})` });
    }
  }
  return { safe, refused };
}

const NOT_SAVED = "the snapshot taken just before does not hold it";

function problemOf(
  { live, entry, expected, isDatabase }: Difference,
  saved: ReadonlyMap<Path, SnapshotEntry>,
): string | undefined {
  const { stat, below } = expected;
  if (stat === undefined) return undefined;
  const found = saved.get(live) ?? saved.get(entry.path);
  if (found === undefined) return NOT_SAVED;
  if (!isDatabase && !isSame(found, stat)) return CHANGED;
  for (const [path, inside] of below ?? []) {
    const one = saved.get(path);
    if (one === undefined) return `${NOT_SAVED}: ${quote(path)}`;
    if (!isSame(one, inside)) return CHANGED;
  }
  return undefined;
}

export const CHANGED = "it has changed since the plan was made";

/** A file that changed after it was planned is another one in the snapshot. */
function isSame(entry: SnapshotEntry, stat: FileStat): boolean {
  const type: FileType = entry.type === "hardlink" ? "file" : entry.type;
  if (type !== stat.type) return false;
  if (type !== "file") return true;
  const isSize = entry.type === "hardlink" || entry.sizeBytes === stat.sizeBytes;
  return isSize && entry.mtimeNs === stat.mtimeNs;
}
