import { dirname } from "node:path";
import { type Path, realPath, statPath } from "../../filesystem/index.ts";
import type { Owner } from "../stage/index.ts";

/** Who shall own what is restored to `target`: as root, the owner of what is there, else of its parent; nobody else can choose. */
export function ownerFor(target: Path, chosen: Owner | undefined): Owner | undefined {
  if (chosen !== undefined) return chosen;
  if (process.getuid?.() !== 0) return undefined;
  for (let at = target; ; at = dirname(at)) {
    const stat = statPath(realPath(at) ?? at);
    if (stat !== undefined) return { uid: stat.uid, gid: stat.gid };
  }
}
