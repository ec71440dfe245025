import { type FileStat, listDirectory, type Path, statPath, walk } from "../../filesystem/index.ts";
import { identifyDatabase } from "../../sqlite/index.ts";
import type { Difference } from "./types.ts";

/** Whether what stands there is still what the plan saw. */
export function isAsPlanned({ live, expected, action }: Difference): boolean {
  const { stat, below } = expected;
  const now = statPath(live);
  if (stat === undefined || now === undefined) return now === undefined;
  if (stat.type !== "dir" || now.type !== "dir") return isSameStat(now, stat);
  if (now.ino !== stat.ino || now.dev !== stat.dev) return false;
  if (action === "remove") return listDirectory(live)?.length === 0;
  return below === undefined || isSameBelow(live, below);
}

/** The same of a database, of which nobody may have committed anything to since. */
export function isDatabaseAsPlanned(difference: Difference): boolean {
  const { identity } = difference.expected;
  if (!isAsPlanned(difference)) return false;
  return identity === undefined || identifyDatabase(difference.live)?.text === identity;
}

function isSameBelow(directory: Path, below: ReadonlyMap<Path, FileStat>): boolean {
  let met = 0;
  for (const { path, relativePath, stat } of walk(directory)) {
    if (relativePath === "") continue;
    const known = below.get(path);
    if (known === undefined || known.ino !== stat.ino) return false;
    if (stat.type !== "dir" && !isSameStat(stat, known)) return false;
    met++;
  }
  return met === below.size;
}

/** All but the time of access; a change of content that kept size and time has changed the inode's own time. */
function isSameStat(a: FileStat, b: FileStat): boolean {
  return (
    a.type === b.type &&
    a.dev === b.dev &&
    a.ino === b.ino &&
    a.sizeBytes === b.sizeBytes &&
    a.mode === b.mode &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs
  );
}
