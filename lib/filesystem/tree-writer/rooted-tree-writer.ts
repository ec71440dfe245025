import { chmodSync, chownSync, mkdirSync, utimesSync } from "node:fs";
import { assertNotCancelled, BackupError, quote } from "../../base/index.ts";
import { flushTree } from "../flush.ts";
import { FlushAhead } from "../flush-ahead.ts";
import { removeTree } from "../move.ts";
import { fsPath } from "../path.ts";
import { listDirectory } from "../small-files.ts";
import { pathExists, statPath } from "../stat.ts";
import { toUtimes } from "../times.ts";
import type { NewFile, Path, TreeLimits, TreeWriter, WrittenFile } from "../types.ts";
import { attempt } from "./attempt.ts";
import { Budget } from "./budget.ts";
import { assertEntryPath, outside, twice } from "./entry-path.ts";
import { directoryMode, type Owner, writeNewFile } from "./new-file.ts";
import { PendingLinks } from "./pending-links.ts";

interface RootedOptions {
  readonly limits: TreeLimits;
  readonly owner?: Owner | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether the root is ours to remove. */
  readonly wasMade: boolean;
}

/** See `index.ts` for why nothing can be written outside the root. */
export class RootedTreeWriter implements TreeWriter {
  readonly root: Path;
  readonly #options: RootedOptions;
  readonly #budget: Budget;
  readonly #flushAhead: FlushAhead;
  /** Every directory made here, parents before children; undefined facts until it was named itself. */
  readonly #directories = new Map<Path, NewFile | undefined>();
  readonly #links = new PendingLinks();
  #state: "open" | "finished" | "closed" = "open";

  constructor(root: Path, options: RootedOptions) {
    this.root = root;
    this.#options = options;
    this.#budget = new Budget(root, options.limits);
    this.#flushAhead = new FlushAhead(root);
  }

  addDirectory(path: Path, facts: NewFile): void {
    this.#admit(path);
    this.#makeParent(path);
    if (this.#links.has(path) || this.#directories.get(path) !== undefined) throw twice(path);
    if (!this.#directories.has(path)) this.#makeDirectory(path);
    this.#directories.set(path, facts);
  }

  async addFile(
    path: Path,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    facts: NewFile,
  ): Promise<WrittenFile> {
    this.#admit(path);
    this.#makeParent(path);
    if (this.#links.has(path)) throw twice(path);
    const { owner, signal } = this.#options;
    const context = { path, budget: this.#budget, owner, signal };
    const written = await writeNewFile(this.#inside(path), body, facts, context);
    this.#flushAhead.wrote(written.sizeBytes);
    return written;
  }

  addSymlink(path: Path, target: Path, facts: { readonly mtimeNs?: bigint | undefined }): void {
    this.#admit(path);
    this.#makeParent(path);
    this.#assertFree(path);
    this.#links.addSymlink(path, target, facts.mtimeNs);
  }

  addHardlink(path: Path, target: Path): void {
    this.#admit(path);
    this.#makeParent(path);
    this.#assertFree(path);
    assertEntryPath(target, this.#options.limits);
    this.#links.addHardlink(path, this.#fileAt(target, path));
  }

  async finish(): Promise<void> {
    this.#assertOpen();
    this.#links.make(this.root, this.#options.owner);
    for (const [path, facts] of [...this.#directories].reverse()) {
      attempt(path, () => this.#applyFacts(this.#inside(path), facts));
    }
    // The root last: until then nobody else can enter, whoever owns what is inside.
    attempt("", () => this.#applyFacts(fsPath(this.root), undefined));
    await this.#flushAhead.settle();
    await flushTree(this.root, this.#options.signal);
    this.#state = "finished";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closed";
    await this.#flushAhead.settle();
    if (this.#options.wasMade) return removeTree(this.root);
    for (const name of listDirectory(this.root) ?? []) removeTree(`${this.root}/${name}`);
  }

  /** Checks and counts an entry before anything of it is written. */
  #admit(path: Path): void {
    this.#assertOpen();
    assertNotCancelled(this.#options.signal);
    assertEntryPath(path, this.#options.limits);
    this.#budget.takeEntry();
  }

  #assertOpen(): void {
    if (this.#state === "open") return;
    throw new BackupError("internal", `tree writer of ${quote(this.root)} is ${this.#state}`);
  }

  #makeParent(path: Path): void {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (parent === "" || this.#directories.has(parent)) return;
    this.#makeParent(parent);
    if (this.#links.has(parent)) throw outside(path, "lies below a link");
    this.#budget.takeEntry();
    this.#makeDirectory(parent, path);
    this.#directories.set(parent, undefined);
  }

  /** @param forPath - The entry that needs the directory, when it is not the directory itself. */
  #makeDirectory(path: Path, forPath: Path = path): void {
    attempt(path, () => {
      try {
        mkdirSync(this.#inside(path), { mode: 0o700 });
      } catch (error) {
        const isBelowFile = forPath !== path && statPath(`${this.root}/${path}`)?.type === "file";
        throw isBelowFile ? outside(forPath, "lies below a file") : error;
      }
    });
  }

  #assertFree(path: Path): void {
    if (this.#links.has(path) || pathExists(`${this.root}/${path}`)) throw twice(path);
  }

  /** The regular file of this tree at `target`, or to which the hard link recorded there leads. */
  #fileAt(target: Path, link: Path): Path {
    const file = this.#links.fileBehind(target);
    if (file !== undefined) return file;
    if (statPath(`${this.root}/${target}`)?.type === "file") return target;
    throw new BackupError(
      "data-corrupt",
      `hard link ${quote(link)} leads to ${quote(target)}, which is no file written before it`,
      { details: { path: link, target } },
    );
  }

  #applyFacts(path: string | Buffer, facts: NewFile | undefined): void {
    const { owner } = this.#options;
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
    if (facts !== undefined) chmodSync(path, directoryMode(facts.mode));
    if (facts?.mtimeNs === undefined) return;
    const time = toUtimes(facts.mtimeNs);
    utimesSync(path, time, time);
  }

  #inside(path: Path): string | Buffer {
    return fsPath(`${this.root}/${path}`);
  }
}
