import { dirname } from "node:path";
import {
  beginJournal,
  diskOperations,
  endJournal,
  type FileOperations,
  type Journal,
  type JournalOutcome,
  type NewDirectory,
  type Path,
  pathExists,
  runJournal,
} from "../../filesystem/index.ts";
import { missingParents, stagePath } from "../layout/index.ts";
import { type Owner, Stage } from "../stage/index.ts";

export interface TransactionOptions {
  readonly file: Path;
  readonly title: string;
  readonly stamp: string;
  readonly owner: Owner | undefined;
  readonly operations?: FileOperations | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A restore's traces on the disk: everything that it makes is announced in the journal first, so that it is removed whatever happens.
 */
export class Transaction {
  readonly #options: TransactionOptions;
  readonly #operations: FileOperations;
  readonly #temporary: Path[] = [];
  readonly #directories: NewDirectory[] = [];
  readonly #stages = new Map<string, Stage>();
  #hasSwapped = false;

  constructor(options: TransactionOptions) {
    this.#options = options;
    this.#operations = options.operations ?? diskOperations;
  }

  /** The stages that were opened, in order. */
  stages(): Stage[] {
    return [...this.#stages.values()];
  }

  stageOf(domain: string): Stage | undefined {
    return this.#stages.get(domain);
  }

  /** The stage of a domain; opened in `parent` when there is none yet. `key` sets further stages of one domain apart. */
  async openStage(domain: string, parent: Path, key: string = domain): Promise<Stage> {
    const known = this.#stages.get(key);
    if (known !== undefined) return known;
    const path = stagePath(parent);
    this.#temporary.push(path);
    this.#announce();
    const { owner, signal } = this.#options;
    const stage = await Stage.open(path, domain, { owner, signal });
    this.#stages.set(key, stage);
    return stage;
  }

  /** Makes a directory, and those it lacks above it; they are removed again if they stay empty. */
  makeDirectory(path: Path): void {
    if (pathExists(path)) return;
    const { owner } = this.#options;
    const missing = [...missingParents(path), path];
    this.#directories.push(...missing.map((name) => ({ path: name, mode: 0o700, owner })));
    this.#announce();
    for (const name of missing) this.#operations.makeDirectory({ path: name, mode: 0o700, owner });
    this.#operations.fsyncDirectory(dirname(path));
  }

  /** @throws BackupError when the moves can neither be finished nor undone; the journal then stays for recovery. */
  swap(swap: Pick<Journal, "steps" | "adjustments" | "directories" | "facts">): JournalOutcome {
    const { file, title, stamp } = this.#options;
    const { steps, adjustments, facts } = swap;
    this.#directories.push(...swap.directories);
    this.#hasSwapped = true;
    const journal = { title, stamp, temporary: this.#temporary, directories: this.#directories };
    return runJournal(file, { ...journal, steps, adjustments, facts }, this.#operations);
  }

  /** Removes what was temporary, and the journal. */
  end(): void {
    const journal = { temporary: this.#temporary, directories: this.#directories };
    endJournal(this.#options.file, journal, this.#operations);
  }

  /** Gives up before the swap; what cannot be removed now is removed by the next command. */
  abandon(): void {
    if (this.#hasSwapped) return;
    try {
      this.end();
    } catch {
      // The failure that led here is the one to tell.
    }
  }

  #announce(): void {
    const { file, title, stamp } = this.#options;
    const journal = { title, stamp, temporary: this.#temporary, directories: this.#directories };
    beginJournal(file, journal, this.#operations);
  }
}
