import { posix } from "node:path";
import { listDirectory, type Path, readTextIfExists, statPath } from "../../filesystem/index.ts";

/** A git checkout that is not captured, and what its files tell without git. */
export interface Checkout {
  readonly path: Path;
  /** A sentence for the reader: what may be lost with it. */
  readonly detail: string;
}

const MAX_CHECKOUTS = 100;
/** `git/<name>`, `dev/<owner>/<name>`. */
const MAX_DEPTH = 3;
const MAX_REFS_BYTES = 4 * 1024 * 1024;

/** Finds the git checkouts below a directory. What cannot be read is passed over. */
export function findCheckouts(directory: Path): readonly Checkout[] {
  const found: Checkout[] = [];
  const visit = (path: Path, depth: number): void => {
    if (found.length >= MAX_CHECKOUTS || !isRealDirectory(path)) return;
    const names = attempt(() => listDirectory(path)) ?? [];
    if (names.includes(".git")) found.push({ path, detail: describe(posix.join(path, ".git")) });
    else if (depth < MAX_DEPTH) for (const name of names) visit(posix.join(path, name), depth + 1);
  };
  visit(directory, 0);
  return found;
}

const UNKNOWN = "is not captured and may hold work of your own";
const HASH = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** Compares what HEAD stands on with what the remotes were last known to have. Uncommitted changes cannot be seen this way. */
function describe(gitDir: Path): string {
  const head = readText(posix.join(gitDir, "HEAD"))?.trim();
  if (head === undefined) return UNKNOWN;
  const branch = /^ref: (refs\/heads\/.+)$/.exec(head)?.[1];
  const packed = packedRefs(gitDir);
  const commit = branch === undefined ? head : (looseRef(gitDir, branch) ?? packed.get(branch));
  if (commit === undefined || !HASH.test(commit)) return UNKNOWN;
  const on = branch === undefined ? "a detached commit" : branch.slice("refs/heads/".length);
  const isPushed = remoteCommits(gitDir, packed).has(commit);
  return isPushed
    ? `is not captured; ${on} is as its remote was last seen, but changes that are not committed would be lost`
    : `is not captured; ${on} holds commits that no remote was seen to have`;
}

function remoteCommits(gitDir: Path, packed: ReadonlyMap<string, string>): ReadonlySet<string> {
  const commits = new Set<string>();
  for (const [ref, commit] of packed) if (ref.startsWith("refs/remotes/")) commits.add(commit);
  const visit = (path: Path, depth: number): void => {
    for (const name of attempt(() => listDirectory(path)) ?? []) {
      const below = posix.join(path, name);
      if (isRealDirectory(below)) {
        if (depth < 6) visit(below, depth + 1);
      } else commits.add(readText(below)?.trim() ?? "");
    }
  };
  visit(posix.join(gitDir, "refs", "remotes"), 0);
  return commits;
}

function packedRefs(gitDir: Path): ReadonlyMap<string, string> {
  const lines = (readText(posix.join(gitDir, "packed-refs")) ?? "").split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [commit, ref] = line.split(" ");
      return commit !== undefined && ref !== undefined && HASH.test(commit) ? [[ref, commit]] : [];
    }),
  );
}

function looseRef(gitDir: Path, ref: string): string | undefined {
  if (ref.split("/").includes("..")) return undefined;
  return readText(posix.join(gitDir, ref))?.trim();
}

function readText(path: Path): string | undefined {
  return attempt(() => readTextIfExists(path, MAX_REFS_BYTES));
}

function isRealDirectory(path: Path): boolean {
  return attempt(() => statPath(path))?.type === "dir";
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
