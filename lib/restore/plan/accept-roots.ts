import { quote } from "../../base/index.ts";
import { isSameOrInside, listDirectory, type Path, statPath } from "../../filesystem/index.ts";
import type { Installation } from "../../openclaw/index.ts";
import type { MappedRoot } from "../layout/index.ts";
import type { RestoreSource } from "../types.ts";

/**
 * How far a backup may reach beyond the state directory. `all`: to where its record in our storage, or a snapshot that only holders of the
 * repository's password can have made, says it was. `missing`: it was listed
 * in a plan that a person confirmed, but nothing tells where the archive comes from, so it may bring what is not there. `own`: only to
 * what the installation itself uses.
 */
export type Trust = "all" | "missing" | "own";

export function trustIn(source: RestoreSource): Trust {
  return source.backup === undefined && source.snapshot === undefined ? "missing" : "all";
}

export interface AcceptOptions {
  readonly stateDir: Path;
  readonly home: Path;
  readonly installation: Installation;
  readonly trust: (root: MappedRoot) => Trust;
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
  return problemOfTrust(to, options.trust(root), options.installation);
}

function problemOfTrust(
  to: Path,
  trust: Trust,
  { roots }: Pick<Installation, "roots">,
): string | undefined {
  if (trust === "all" || roots.some(({ path }) => path === to)) return undefined;
  if (trust === "own") return "the installation does not use it, and the plan could not list it";
  const stat = statPath(to);
  if (stat === undefined || (stat.type === "dir" && listDirectory(to)?.length === 0))
    return undefined;
  return "something is there that the installation does not use";
}
