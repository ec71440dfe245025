import { dirname } from "node:path";
import { quote } from "../../base/index.ts";
import { isSameOrInside, listDirectory, type Path, statPath } from "../../filesystem/index.ts";
import type { Installation } from "../../openclaw/index.ts";
import type { MappedRoot } from "../layout/index.ts";

export interface AcceptOptions {
  readonly stateDir: Path;
  readonly home: Path;
  readonly installation: Installation;
  /** The plan that was confirmed listed them. Otherwise an archive may only bring what is missing, or what is the installation's own. */
  readonly isAnnounced: (root: MappedRoot) => boolean;
}

export interface AcceptedRoots {
  readonly roots: readonly MappedRoot[];
  /** Why others are left alone, a sentence each. */
  readonly warnings: readonly string[];
}

/** Decides which trees outside the state directory a restore in place may bring back to where they were. The state directory always. */
export function acceptRoots(mapped: readonly MappedRoot[], options: AcceptOptions): AcceptedRoots {
  const roots: MappedRoot[] = [];
  const warnings: string[] = [];
  for (const root of mapped) {
    const problem = root.to === options.stateDir ? undefined : problemOf(root, mapped, options);
    if (problem === undefined) roots.push(root);
    else {
      warnings.push(
        `${root.kind} ${quote(root.from)} is not restored to ${quote(root.to)}: ${problem}; restore it elsewhere with --target`,
      );
    }
  }
  return { roots, warnings };
}

function problemOf(
  root: MappedRoot,
  mapped: readonly MappedRoot[],
  options: AcceptOptions,
): string | undefined {
  const { to, from } = root;
  const { home, stateDir } = options;
  const overlaps = (path: Path) => isSameOrInside(to, path) || isSameOrInside(path, to);
  if (overlaps(home)) return "Clawback's home lies there";
  if (overlaps(stateDir)) return "the state directory lies there";
  if (mapped.some((other) => other.from !== from && overlaps(other.to))) {
    return "it would lie in, or around, another directory that is restored";
  }
  return options.isAnnounced(root) ? undefined : unannounced(to, options);
}

function unannounced(to: Path, { installation, stateDir }: AcceptOptions): string | undefined {
  if (installation.roots.some(({ path }) => path === to)) return undefined;
  if (!isSameOrInside(to, dirname(stateDir)) || dirname(stateDir) === "/") {
    return "the archive was not known to hold it, and it lies outside of the user's directory";
  }
  const stat = statPath(to);
  if (stat === undefined || (stat.type === "dir" && listDirectory(to)?.length === 0))
    return undefined;
  return "something is there that the installation does not know";
}
