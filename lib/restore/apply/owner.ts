import { dirname } from "node:path";
import { type FileStat, type Path, realPath, statPath } from "../../filesystem/index.ts";
import type { Owner } from "../stage/index.ts";

/** Whether what we make there gets that owner by itself. A directory's setgid bit would hand on its group instead. */
function isOurs({ uid, gid, mode }: FileStat): boolean {
  return uid === process.geteuid?.() && gid === process.getegid?.() && (mode & 0o2000) === 0;
}

/** Who shall own what is restored to `target`: as root, the owner of what is there, else of its parent; nobody else can choose. */
export function ownerFor(target: Path, chosen: Owner | undefined): Owner | undefined {
  if (chosen !== undefined) return chosen;
  if (process.geteuid?.() !== 0) return undefined;
  for (let at = target; ; at = dirname(at)) {
    const stat = statPath(realPath(at) ?? at);
    if (stat !== undefined) return isOurs(stat) ? undefined : { uid: stat.uid, gid: stat.gid };
  }
}
