import { dirname } from "node:path";
import type { Path } from "../../filesystem/index.ts";
import type { MappedRoot } from "../layout/index.ts";
import { createSelection, isSelective } from "../scope/index.ts";
import type { KnownBackup } from "../source/index.ts";
import type { PlanRestoreOptions } from "../types.ts";

/**
 * What must be unpacked to have all that is asked for: with the directories above it, whose modes are needed, and the targets of its hard
 * links.
 * @returns undefined for everything: nothing less is asked for, or what there is is not known before the end of the archive.
 */
export function wantedPaths(
  options: PlanRestoreOptions,
  known: KnownBackup | undefined,
  roots: readonly MappedRoot[],
): ReadonlySet<Path> | undefined {
  if (known === undefined || !isSelective(options)) return undefined;
  const selection = createSelection(options, known.roots.stateDir, roots);
  const wanted = new Set<Path>();
  for (const [path, entry] of known.entries) {
    if (!selection.wants(path, entry.class)) continue;
    wanted.add(path);
    if (entry.type === "hardlink" && entry.target !== undefined) wanted.add(entry.target);
    for (let at = dirname(path); at !== "/" && !wanted.has(at); at = dirname(at)) wanted.add(at);
  }
  return wanted;
}
