import { posix } from "node:path";
import { quote } from "../../base/index.ts";
import { type FileStat, ownProcess, type Path, realPath, walk } from "../../filesystem/index.ts";
import { findings } from "./finding.ts";
import type { DoctorFinding } from "./types.ts";

const { ok, problem } = findings("home-modes");
const { problem: ownerProblem } = findings("home-owner");

/** Directories of which only the door is looked at: they may hold very much, and nobody gets past the door. */
const OPAQUE: ReadonlySet<string> = new Set(["storage", "cache", "tmp"]);
/** What others may read, as long as nobody else can change it. */
const NO_SECRETS: ReadonlySet<string> = new Set(["exclude.json", "prices.json"]);
const MAX_NAMED = 5;

/** Whether only this user can read and change what lies in the home: directories 0700, files 0600. */
export function checkHomeModes(home: Path): DoctorFinding[] {
  const root = realPath(home) ?? home;
  const loose: string[] = [];
  const foreign: string[] = [];
  let looked = 0;
  const { uid } = ownProcess();
  const filter = ({ relativePath }: { readonly relativePath: string }): boolean =>
    !OPAQUE.has(posix.dirname(relativePath));
  for (const { path, relativePath, stat } of walk(root, { filter })) {
    looked += 1;
    if (isLoose(relativePath, stat)) loose.push(path);
    if (stat.uid !== uid && uid !== 0) foreign.push(path);
  }
  if (looked === 0) return [];
  const found = [
    ...(loose.length === 0 ? [] : [problem(looseText(loose), tighten(loose))]),
    ...(foreign.length === 0 ? [] : [ownerProblem(foreignText(foreign), takeOver(foreign))]),
  ];
  if (found.length > 0) return found;
  return [ok(`only this user can read the home (${looked} files and directories)`)];
}

function isLoose(relativePath: string, { type, mode }: FileStat): boolean {
  if (type === "symlink") return false;
  const forbidden = NO_SECRETS.has(relativePath) ? 0o022 : 0o077;
  return (mode & forbidden) !== 0;
}

function looseText(paths: readonly Path[]): string {
  return `other users of this machine can read or change ${named(paths)}`;
}

function foreignText(paths: readonly Path[]): string {
  return `another user owns ${named(paths)}`;
}

function named(paths: readonly Path[]): string {
  const shown = paths.slice(0, MAX_NAMED).map(quote).join(", ");
  const more = paths.length - MAX_NAMED;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function tighten(paths: readonly Path[]): string {
  return paths.length > MAX_NAMED
    ? `chmod -R go= ${shellQuoted(deepestCommon(paths))}`
    : `chmod go= ${paths.map(shellQuoted).join(" ")}`;
}

function takeOver(paths: readonly Path[]): string {
  return `as root: chown -R ${ownProcess().username} ${shellQuoted(deepestCommon(paths))}`;
}

/** The directory that holds all of them. */
function deepestCommon(paths: readonly Path[]): Path {
  const [first = "/", ...rest] = paths;
  let common = first;
  const holdsAll = (directory: Path) =>
    rest.every((path) => path === directory || path.startsWith(`${directory}/`));
  while (common !== "/" && !holdsAll(common)) common = posix.dirname(common);
  return common;
}

/** For a command line that a person copies. */
function shellQuoted(path: Path): string {
  return /^[\w/.@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
