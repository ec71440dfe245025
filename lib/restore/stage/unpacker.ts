import {
  type ArchiveAudit,
  type ArchiveContents,
  createArchiveAudit,
  type FileList,
  parseMtime,
} from "../../archive/index.ts";
import { BackupError, quote } from "../../base/index.ts";
import { openSource, type Path, removeTree, setModifiedTime } from "../../filesystem/index.ts";
import {
  damagedPath,
  restoredPathOf,
  type SourceEntry,
  type SourceReader,
} from "../source/index.ts";
import { type CheckedDatabase, DatabaseChecks } from "./databases.ts";
import { openBody } from "./file-body.ts";
import { refuseFindings } from "./refuse-findings.ts";
import { copyOf } from "./restage.ts";
import { Stage } from "./stage.ts";
import { type StagedEntry, StagedTree } from "./staged-tree.ts";
import type { UnpackOptions } from "./unpack.ts";

interface PendingLink {
  readonly path: Path;
  readonly type: "symlink" | "hardlink";
  readonly target: Path;
}

/** A snapshot needs none: every name, mode and byte of it hangs by hashes on its id. */
const NO_AUDIT: Pick<ArchiveAudit, "note" | "findings"> = {
  note: () => undefined,
  findings: ({ findings }) => findings,
};

/** The steps of `unpack`, in the order in which they must be called. */
export class Unpacker {
  readonly staged: StagedTree = new StagedTree();
  readonly #options: UnpackOptions;
  readonly #audit: Pick<ArchiveAudit, "note" | "findings">;
  readonly #checks: DatabaseChecks;
  /** Databases whose check has not begun. */
  readonly #databases: Path[] = [];
  /** Modes of directories, which get them last. */
  readonly #directories = new Map<Path, number>();
  readonly #links = new Map<Path, PendingLink>();

  constructor(options: UnpackOptions) {
    this.#options = options;
    this.#audit = options.source.snapshot === undefined ? createArchiveAudit() : NO_AUDIT;
    this.#checks = new DatabaseChecks(options.signal);
  }

  /** Writes every wanted file; keeps directories' facts and links back. */
  async readAll(reader: SourceReader): Promise<ArchiveContents> {
    for await (const entry of reader) {
      const path = entry.role === "damaged" ? damagedPath(entry.path) : entry.path;
      if (entry.role !== "foreign" && this.#options.isWanted(path)) await this.#add(path, entry);
      else this.#audit.note(entry);
    }
    return reader.contents();
  }

  /**
   * Compares with the list and the manifest in the archive, and takes out what the list says is not the file.
   * @returns What was passed over, a sentence each.
   */
  conclude(contents: ArchiveContents): string[] {
    const { fileList } = contents;
    const findings = this.#audit.findings(contents).filter(({ path }) => this.#isOfInterest(path));
    const warnings = refuseFindings(contents, findings);
    if (fileList === undefined) return warnings;
    for (const path of incompletePaths(fileList)) this.#drop(path);
    for (const { path, mtime } of fileList.entries) {
      this.#correctTime(restoredPathOf(path) ?? "", parseMtime(mtime));
    }
    return warnings;
  }

  /**
   * Takes out what is not wanted after all.
   * @returns Directories that are left for nothing, children first; the writers still know them, so they go when those are finished.
   */
  async prune(isWanted: (path: Path) => boolean): Promise<Path[]> {
    await this.#untieLinks(isWanted);
    const kept = new Set<Path>();
    for (const [path] of this.staged) if (isWanted(path)) addWithParents(kept, path);
    for (const path of [...this.#links.keys()]) if (!kept.has(path)) this.#links.delete(path);
    const directories: Path[] = [];
    for (const [path, { type, stage }] of [...this.staged].reverse()) {
      if (kept.has(path)) continue;
      this.staged.delete(path);
      if (type === "dir") directories.push(stage.pathOf(path));
      else removeTree(stage.pathOf(path));
    }
    return directories;
  }

  async checkDatabases(): Promise<CheckedDatabase[]> {
    for (const path of this.#databases) this.#check(path);
    const checked = await this.#checks.settle();
    return checked.filter(({ path }) => this.staged.get(path) !== undefined);
  }

  /** Gives the writers what is left: directories' facts, links. */
  async finishEntries(): Promise<void> {
    for (const [path, mode] of this.#directories) {
      const entry = this.staged.get(path);
      entry?.stage.writer.addDirectory(Stage.nameOf(path), { mode, mtimeNs: entry.mtimeNs });
    }
    for (const link of this.#links.values()) {
      if (link.type === "hardlink") await this.#makeHardlink(link);
      else this.#makeSymlink(link);
    }
  }

  /** Waits until nothing reads the stages any more. */
  async abandon(): Promise<void> {
    await this.#checks.settle().catch(() => undefined);
  }

  async #add(path: Path, entry: SourceEntry): Promise<void> {
    const stage = this.#options.stageFor(path);
    const { type, mode, target = "" } = entry;
    if (type === "file") return await this.#addFile(path, entry, stage);
    this.#audit.note(entry);
    const { mtimeNs } = entry;
    if (type === "dir") this.#directories.set(path, mode);
    else this.#links.set(path, { path, type, target });
    const isSymlink = type === "symlink";
    this.staged.add(path, {
      type: type === "hardlink" ? "file" : type,
      sizeBytes: 0,
      mtimeNs,
      ...(isSymlink ? { target } : {}),
      stage,
    });
  }

  async #addFile(path: Path, entry: SourceEntry, stage: Stage): Promise<void> {
    const body = await openBody(entry);
    const { mode, mtimeNs } = entry;
    const facts = { mode, mtimeNs, isProved: this.#audit === NO_AUDIT };
    const { sizeBytes, sha256 } = await stage.writer.addFile(
      Stage.nameOf(path),
      body.content,
      facts,
    );
    this.#audit.note(entry, sha256 === undefined ? undefined : { sizeBytes, sha256 });
    this.staged.add(path, { type: "file", sizeBytes, mtimeNs, stage });
    if (entry.role !== "payload" || !body.isDatabase()) return;
    if (this.#options.areDatabasesWhole) this.#check(path);
    else this.#databases.push(path);
  }

  /** Findings name entries as the list does, or by their own path. */
  #isOfInterest(path: string | undefined): boolean {
    return path === undefined || this.#options.isWanted(restoredPathOf(path) ?? path);
  }

  /** The tar has whole seconds; what was written by it gets the time that the list has. Directories and links get theirs later. */
  #correctTime(path: Path, mtimeNs: bigint | undefined): void {
    const entry = this.staged.get(path);
    if (entry === undefined || mtimeNs === undefined) return;
    if (mtimeNs / 1000n === (entry.mtimeNs ?? 0n) / 1000n) return;
    this.staged.add(path, { ...entry, mtimeNs });
    if (entry.type === "file" && !this.#links.has(path)) {
      setModifiedTime(entry.stage.pathOf(path), mtimeNs);
    }
  }

  #makeSymlink({ path, target }: PendingLink): void {
    const entry = this.staged.get(path);
    entry?.stage.writer.addSymlink(Stage.nameOf(path), target, { mtimeNs: entry.mtimeNs });
  }

  #check(path: Path): void {
    const stage = this.staged.get(path)?.stage;
    if (stage !== undefined) this.#checks.add(path, stage.pathOf(path));
  }

  #drop(path: Path): void {
    const entry = this.staged.get(path);
    if (entry?.type !== "file") return;
    this.staged.delete(path);
    removeTree(entry.stage.pathOf(path));
    this.#links.delete(path);
    for (const link of [...this.#links.values()]) {
      if (link.type !== "hardlink" || link.target !== path) continue;
      this.#links.delete(link.path);
      this.staged.delete(link.path);
    }
  }

  /** Makes files of hard links whose target is not wanted itself. */
  async #untieLinks(isWanted: (path: Path) => boolean): Promise<void> {
    const tied = [...this.#links.values()].filter(
      ({ type, path, target }) => type === "hardlink" && isWanted(path) && !isWanted(target),
    );
    for (const { path, target } of tied) {
      this.#links.delete(path);
      this.staged.delete(path);
      await this.#copyFile(path, target, this.#fileAt(target, path));
    }
  }

  async #makeHardlink({ path, target }: PendingLink): Promise<void> {
    const file = this.#fileAt(target, path);
    const stage = this.#options.stageFor(path);
    if (file.stage !== stage) return await this.#copyFile(path, target, file);
    stage.writer.addHardlink(Stage.nameOf(path), Stage.nameOf(target));
    this.staged.add(path, { ...file, sizeBytes: 0, stage });
  }

  async #copyFile(path: Path, target: Path, file: StagedEntry): Promise<void> {
    const stage = this.#options.stageFor(path);
    using source = openSource(file.stage.pathOf(target));
    if (source === undefined) throw noFile(path, target);
    await stage.writer.addFile(Stage.nameOf(path), copyOf(source), source.stat);
    this.staged.add(path, { ...file, stage });
  }

  #fileAt(target: Path, link: Path): StagedEntry {
    const file = this.staged.get(target);
    if (file?.type === "file") return file;
    throw noFile(link, target);
  }
}

function addWithParents(paths: Set<Path>, path: Path): void {
  for (
    let at = path;
    at !== "" && !paths.has(at);
    at = at.slice(0, Math.max(0, at.lastIndexOf("/")))
  ) {
    paths.add(at);
  }
}

function noFile(link: Path, target: Path): BackupError {
  return new BackupError(
    "data-corrupt",
    `hard link ${quote(link)} leads to ${quote(target)}, which is no file of the archive`,
    { details: { path: link, target } },
  );
}

/** Files of which something was stored that must not be restored. */
function incompletePaths({ entries, omissions }: FileList): Set<Path> {
  const marked = entries.filter(({ incomplete }) => incomplete === true);
  const paths = marked.map(({ path }) => restoredPathOf(path)).filter((path) => path !== undefined);
  return new Set([...paths, ...omissions.map(({ path }) => path)]);
}
