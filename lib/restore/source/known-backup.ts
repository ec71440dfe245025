import { basename, dirname } from "node:path";
import {
  type ArchiveContents,
  type FileListEntry,
  type Omission,
  parseFileList,
  parseMtime,
  readArchive,
} from "../../archive/index.ts";
import { MIB, type OperationOptions } from "../../base/index.ts";
import { type FileType, isSameOrInside, type Path } from "../../filesystem/index.ts";
import type { BackupRoot, BackupRoots } from "../layout/index.ts";
import type { ArchiveSource, RestoreSource, SnapshotSource } from "../types.ts";
import { isWhole } from "./completeness.ts";
import { type ArchiveTree, findRoots, findRootsOrWhole } from "./found-roots.ts";
import { guessClass } from "./guess-class.ts";
import { restoredPathOf } from "./list-paths.ts";
import { viewSnapshot } from "./snapshot-view.ts";
import { archiveBytes, type Keys } from "./stored-bytes.ts";

const MAX_LIST_BYTES: number = 1024 * MIB;

/** What a plan needs of an entry; for each of perhaps a million. */
export interface KnownEntry {
  readonly type: FileListEntry["type"];
  readonly sizeBytes: number;
  readonly mtimeNs: bigint | undefined;
  /** Of a symbolic link its text, of a hard link the path it leads to. */
  readonly target?: string | undefined;
  readonly class: string;
}

/** What is known of a backup before it is unpacked. */
export interface KnownBackup {
  readonly kind: ArchiveContents["kind"];
  /** Guessed where only the list is known, which does not name them; the manifest will. */
  readonly roots: BackupRoots;
  /** Everything that can be restored, by the backup's own paths. */
  readonly entries: ReadonlyMap<Path, KnownEntry>;
  readonly omissions: readonly Omission[];
  /** All that the archive tells; only of one that is at hand, and was read once for it. */
  readonly contents?: ArchiveContents | undefined;
  /** To which class a path belongs; of a snapshot, which has no list that says it. */
  readonly classOf?: ((path: Path) => string) | undefined;
  /** Whether it may replace a whole state directory; undefined where only its record tells. */
  readonly isWhole?: boolean | undefined;
}

export interface ReadKnownOptions extends OperationOptions {
  readonly source: RestoreSource;
  readonly keys: Keys;
  /** This machine's; taken for the backup's own where the list holds nothing that looks like one. */
  readonly stateDir: Path;
  /** Whether to read an archive that is at hand. */
  readonly mayRead: boolean;
  /** Nothing live is replaced. */
  readonly isElsewhere: boolean;
  /** Elsewhere, or a part in place. */
  readonly isPart: boolean;
}

/** @returns undefined where there is no list beside the archive, and the archive is not at hand. */
export async function readKnownBackup(options: ReadKnownOptions): Promise<KnownBackup | undefined> {
  const { source, stateDir } = options;
  if (source.snapshot !== undefined) return await knownSnapshot(source, options);
  const bytes = await source.fileList();
  if (bytes !== undefined) {
    const list = parseFileList(bytes, { maxBytes: MAX_LIST_BYTES });
    const entries = restorable(list.entries);
    const roots = guessRoots(entries, stateDir);
    return { kind: "clawback", roots, entries, omissions: list.omissions };
  }
  return options.mayRead && source.isAtHand === true
    ? await readThrough(source, options)
    : undefined;
}

/** All of a snapshot but its files' content is read for it. */
async function knownSnapshot(
  source: SnapshotSource,
  options: ReadKnownOptions,
): Promise<KnownBackup> {
  const view = await viewSnapshot(source, options);
  const { contents, listing } = view;
  const entries = new Map<Path, KnownEntry>();
  for (const entry of listing.entries) {
    const path = view.pathOf(entry);
    if (path === undefined) continue;
    const { type, sizeBytes, mtimeNs } = entry;
    const target = type === "hardlink" ? view.pathOf({ path: entry.target ?? "" }) : entry.target;
    entries.set(path, { type, sizeBytes, mtimeNs, target, class: view.classOf(path) });
  }
  const tree = asTree(entries);
  const roots = options.isElsewhere ? findRootsOrWhole(contents, tree) : findRoots(contents, tree);
  const omissions = contents.fileList?.omissions ?? [];
  const { kind } = contents;
  return {
    kind,
    roots,
    entries,
    omissions,
    contents,
    classOf: view.classOf,
    isWhole: isWhole(contents, tree, roots.stateDir),
  };
}

/** Reads an archive to its end for what it tells, and nothing else. */
async function readThrough(
  source: ArchiveSource,
  { keys, signal }: ReadKnownOptions,
): Promise<KnownBackup> {
  const reader = readArchive(archiveBytes(source.open(), keys), { signal });
  const found = new Map<Path, KnownEntry>();
  for await (const { role, path, type, sizeBytes, mtimeNs, target } of reader) {
    if (role === "payload") found.set(path, { type, sizeBytes, mtimeNs, target, class: "" });
  }
  const contents = reader.contents();
  const { kind, fileList } = contents;
  if (fileList !== undefined) {
    const entries = restorable(fileList.entries);
    const tree = asTree(entries);
    const roots = findRoots(contents, tree);
    const { omissions } = fileList;
    return {
      kind,
      roots,
      entries,
      omissions,
      contents,
      isWhole: isWhole(contents, tree, roots.stateDir),
    };
  }
  const tree = asTree(found);
  const roots = kind === "plain" ? findRootsOrWhole(contents, tree) : findRoots(contents, tree);
  const entries = classified(found, roots);
  return {
    kind,
    roots,
    entries,
    omissions: [],
    contents,
    isWhole: isWhole(contents, tree, roots.stateDir),
  };
}

/** Archives that are not ours do not record classes. */
function classified(
  entries: KnownBackup["entries"],
  { stateDir }: BackupRoots,
): Map<Path, KnownEntry> {
  const classOf = guessClass(stateDir);
  return new Map(
    [...entries].map(([path, entry]) => [path, { ...entry, class: classOf(path) }] as const),
  );
}

function restorable(lines: readonly FileListEntry[]): Map<Path, KnownEntry> {
  const entries = new Map<Path, KnownEntry>();
  for (const line of lines) {
    const path = restoredPathOf(line.path);
    if (path === undefined || line.incomplete === true) continue;
    const { type, sizeBytes, mtime } = line;
    const target = type === "hardlink" ? restoredPathOf(line.target ?? "") : line.target;
    const mtimeNs = parseMtime(mtime);
    entries.set(path, { type, sizeBytes, mtimeNs, target, class: line.class });
  }
  return entries;
}

function asTree(entries: KnownBackup["entries"]): ArchiveTree {
  const directories = new Set<Path>();
  for (const path of entries.keys()) {
    for (let at = dirname(path); at !== dirname(at) && !directories.has(at); at = dirname(at)) {
      directories.add(at);
    }
  }
  return {
    typeAt: (path) => typeOf(entries.get(path)) ?? (directories.has(path) ? "dir" : undefined),
    paths: () => entries.keys(),
  };
}

export function typeOf(entry: KnownEntry | undefined): FileType | undefined {
  return entry?.type === "hardlink" ? "file" : entry?.type;
}

/** The topmost entries; the state directory is the one that looks like it. */
function guessRoots(entries: KnownBackup["entries"], ownStateDir: Path): BackupRoots {
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
