import { posix } from "node:path";
import {
  compareBytes,
  isSameOrInside,
  listDirectory,
  type Path,
  realPath,
  statPath,
} from "../../filesystem/index.ts";
import type { RootKind, SourceRoot } from "../types.ts";

/** A tree or file that belongs to the installation, wherever it lies. */
export interface RootCandidate {
  readonly kind: RootKind;
  readonly path: Path;
}

/** Kinds that OpenClaw works without, so that their absence says nothing. */
const OPTIONAL: readonly RootKind[] = ["config", "credentials", "managed skill"];

/** What became of the candidates. */
export interface ChosenRoots {
  readonly roots: readonly SourceRoot[];
  readonly notes: readonly string[];
}

const PRIORITY: readonly RootKind[] = [
  "state",
  "config",
  "credentials",
  "workspace",
  "agent",
  "managed skill",
  "extra",
];
/** A directory around the state directory is taken apart into at most so many roots. */
const MAX_PARTS = 2000;

/**
 * Chooses the roots so that none lies in another: the state directory first, then what it does not cover, shortest path first.
 * Candidates that do not exist are passed over, those that should with a note.
 */
export function chooseRoots(stateDir: Path, candidates: readonly RootCandidate[]): ChosenRoots {
  const notes: string[] = [];
  const roots: SourceRoot[] = [{ kind: "state", path: stateDir }];
  const ordered = candidates.toSorted(
    (a, b) =>
      a.path.length - b.path.length ||
      PRIORITY.indexOf(a.kind) - PRIORITY.indexOf(b.kind) ||
      compareBytes(a.path, b.path),
  );
  for (const candidate of ordered) {
    const found = resolve(candidate, stateDir);
    if (found.note !== undefined) notes.push(found.note);
    for (const root of found.root === undefined ? [] : apart(found.root, stateDir, notes)) {
      const isCovered = roots.some(({ path }) => isSameOrInside(root.path, path));
      if (!isCovered) roots.push(root);
    }
  }
  return { roots: withoutNested(roots), notes };
}

interface Resolved {
  readonly root?: SourceRoot;
  readonly note?: string;
}

function resolve({ kind, path }: RootCandidate, stateDir: Path): Resolved {
  // An agent that has not run yet has no directory in the state directory.
  const isOptional =
    OPTIONAL.includes(kind) || (kind === "agent" && isSameOrInside(path, stateDir));
  const missing = isOptional ? {} : { note: `${named(kind)} ${path} does not exist` };
  try {
    const real = realPath(path);
    if (real === undefined) return missing;
    const isCaptured = isSameOrInside(path, stateDir) || statPath(path)?.type !== "symlink";
    if (isCaptured) return { root: { kind, path: real } };
    const note = `${named(kind)} ${path} is a link to ${real}; what it points to is captured, the link itself is not`;
    return { root: { kind, path: real }, note };
  } catch {
    // Let the capture meet it, which reports what cannot be read.
    return { root: { kind, path } };
  }
}

/** A root around the state directory would hold it twice: what lies beside the way to the state directory stands for it. */
function apart(root: SourceRoot, stateDir: Path, notes: string[]): readonly SourceRoot[] {
  if (root.path === stateDir || !isSameOrInside(stateDir, root.path)) return [root];
  const parts: SourceRoot[] = [];
  for (let on = stateDir; on !== root.path; on = posix.dirname(on)) {
    const parent = posix.dirname(on);
    const names = listNames(parent).map((name) => posix.join(parent, name));
    parts.push(...names.filter((path) => path !== on).map((path) => ({ kind: root.kind, path })));
  }
  if (parts.length > MAX_PARTS) {
    notes.push(
      `${named(root.kind)} ${root.path} holds the state directory and ${parts.length} other things; add those you want one by one`,
    );
    return [];
  }
  return parts;
}

function named(kind: RootKind): string {
  if (kind === "extra") return "the added path";
  return kind === "config" ? "the config" : `the ${kind} directory`;
}

function listNames(directory: Path): readonly Path[] {
  try {
    return listDirectory(directory) ?? [];
  } catch {
    return [];
  }
}

/** Resolved links can make a shorter path appear after a longer one. */
function withoutNested(roots: readonly SourceRoot[]): readonly SourceRoot[] {
  return roots.filter(
    (root) =>
      !roots.some((other) => other.path !== root.path && isSameOrInside(root.path, other.path)),
  );
}
