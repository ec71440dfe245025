import { basename, dirname } from "node:path";
import { type FileListEntry, type Omission, parseFileList } from "../../archive/index.ts";
import { MIB } from "../../base/index.ts";
import { isSameOrInside, type Path } from "../../filesystem/index.ts";
import type { BackupRoot, BackupRoots } from "../layout/index.ts";
import { databaseOfSidecar } from "../scope/index.ts";
import type { RestoreSource } from "../types.ts";

const MAX_LIST_BYTES = 1024 * MIB;

/** What the file list beside an archive tells before the archive is read. */
export interface KnownBackup {
  /** Guessed from the list, which does not name them; the manifest will. */
  readonly roots: BackupRoots;
  /** Everything that can be restored, by the backup's own paths. */
  readonly entries: ReadonlyMap<Path, FileListEntry>;
  readonly omissions: readonly Omission[];
}

/**
 * @param stateDir - This machine's; taken for the backup's own where the list holds nothing that looks like one.
 * @returns undefined where there is no list.
 */
export async function readKnownBackup(
  source: RestoreSource,
  stateDir: Path,
): Promise<KnownBackup | undefined> {
  const bytes = await source.fileList();
  if (bytes === undefined) return undefined;
  const list = parseFileList(bytes, { maxBytes: MAX_LIST_BYTES });
  const entries = new Map<Path, FileListEntry>();
  for (const entry of list.entries) {
    const path = restoredPathOf(entry.path);
    if (path !== undefined && entry.incomplete !== true) entries.set(path, entry);
  }
  return { roots: findRoots(entries, stateDir), entries, omissions: list.omissions };
}

/** Where what a line of the list tells of is unpacked, by the backup's own paths; undefined for what is no part of the installation. */
export function restoredPathOf(listPath: string): Path | undefined {
  if (listPath.startsWith("payload/posix/")) return listPath.slice("payload/posix".length);
  if (!listPath.startsWith("clawback/damaged/")) return undefined;
  return damagedPath(listPath.slice("clawback/damaged".length));
}

/** The raw bytes of a damaged database are brought back beside its place, named so that SQLite's recovery finds the log with them. */
export function damagedPath(path: Path): Path {
  const database = databaseOfSidecar(path);
  return database === undefined
    ? `${path}.damaged`
    : `${database}.damaged${path.slice(database.length)}`;
}

/** The topmost entries; the state directory is the one that looks like it. */
function findRoots(entries: KnownBackup["entries"], ownStateDir: Path): BackupRoots {
  const tops = [...entries.keys()].filter((path) => !entries.has(dirname(path)));
  const stateDir = tops.find((path) => looksLikeState(path, entries)) ?? ownStateDir;
  const outside = tops.filter((path) => !isSameOrInside(path, stateDir));
  const root = (path: Path): BackupRoot => ({ kind: entries.get(path)?.class ?? "other", path });
  const state = outside.length < tops.length ? [{ kind: "state", path: stateDir }] : [];
  return { stateDir, roots: [...state, ...outside.map(root)] };
}

function looksLikeState(path: Path, entries: KnownBackup["entries"]): boolean {
  return (
    /^\.openclaw(-|$)/.test(basename(path)) ||
    ["openclaw.json", "state", "agents"].some((name) => entries.has(`${path}/${name}`))
  );
}
