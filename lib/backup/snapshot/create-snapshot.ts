import { assertNotCancelled, systemClock } from "../../base/index.ts";
import { type Capture, measureCapture, openCapture, type Tally } from "../../capture/index.ts";
import {
  type BlobIndex,
  type BlobLoader,
  type BlobSaver,
  type Id,
  type Repository,
  saveSnapshot,
} from "../../repository/index.ts";
import { somethingOf } from "../something.ts";
import { Ancestors, ownFacts } from "./ancestors.ts";
import { EntryWriter } from "./entry-writer.ts";
import { FileSaver } from "./file-saver.ts";
import { NodeMaker } from "./node-maker.ts";
import { saveOwnFiles } from "./own-files.ts";
import { findParent, type ParentSnapshot } from "./parent.ts";
import { ParentFiles } from "./parent-files.ts";
import { backupReportOf, type Captured, snapshotOf, snapshotReportOf } from "./report.ts";
import { TreeWriter } from "./tree-writer.ts";
import type { CreateSnapshotOptions, SnapshotBackupReport } from "./types.ts";

/**
 * Captures an installation into a repository as a snapshot that costs what changed since the one before.
 *
 * **Order**: packs, then index files, then the snapshot. A run that ends anywhere before leaves nothing that counts as a backup, and
 * harms none; prune removes what it stored. **Sharing**: it holds a shared lock, so that any number run at once. What could not be
 * captured is in the report, and the snapshot is made all the same.
 *
 * @throws BackupError `repository-locked`; `not-supported` for a repository of version 1; `path-not-found` or `source-unreadable` when
 *   there was nothing to store at all; `source-unreadable` for a locked database under `onLocked: "fail"`; `cancelled`; what storage,
 *   repository and home throw
 */
export async function createSnapshot(
  options: CreateSnapshotOptions,
): Promise<SnapshotBackupReport> {
  const { repository, onProgress } = options;
  await using lock = await repository.lock({ ...options.lock, signal: options.signal });
  const signal =
    options.signal === undefined ? lock.signal : AbortSignal.any([options.signal, lock.signal]);
  try {
    onProgress?.({ type: "phase", phase: "reading the index" });
    const index = await repository.loadIndex({ signal });
    return await new SnapshotRun({ ...options, signal }, index).run();
  } catch (error) {
    // What was under way fails as cancelled; why is told by who cancelled it.
    assertNotCancelled(signal);
    throw error;
  }
}

class SnapshotRun {
  readonly #options: CreateSnapshotOptions;
  readonly #repository: Repository;
  readonly #index: BlobIndex;
  readonly #loader: BlobLoader;
  readonly #nodes = new NodeMaker();
  readonly #ancestors = new Ancestors();
  readonly #started: number;

  constructor(options: CreateSnapshotOptions, index: BlobIndex) {
    this.#options = options;
    this.#started = (options.clock ?? systemClock).monotonicMs();
    this.#repository = options.repository;
    this.#index = index;
    this.#loader = options.repository.createLoader(index);
  }

  async run(): Promise<SnapshotBackupReport> {
    const { signal, onProgress, saving, clock = systemClock } = this.#options;
    const parent = await this.#findParent();
    await using saver = this.#repository.createSaver(this.#index, { ...saving, signal });
    const finished = await this.#capture(saver, parent);
    const tree = await this.#saveTop(saver, finished);
    onProgress?.({ type: "phase", phase: "committing" });
    await saver.flush();
    assertNotCancelled(signal);
    const { totals } = saver;
    const ends = { tree, parent: parent?.snapshot.id, totals, end: clock.now() };
    const document = snapshotOf(this.#options, finished, ends);
    const snapshot = await saveSnapshot(this.#repository.storedFiles, document, { signal });
    const whole = { ...finished, durationMs: this.#durationMs() };
    return backupReportOf(this.#options, whole, { snapshot, totals });
  }

  /** Since the beginning, the wait for the lock not counted. */
  #durationMs(): number {
    const { clock = systemClock } = this.#options;
    return Math.round(clock.monotonicMs() - this.#started);
  }

  async #findParent(): Promise<ParentSnapshot | undefined> {
    const { host, capture, signal, onProgress } = this.#options;
    return await findParent(this.#repository, {
      loader: this.#loader,
      hostname: host.name,
      classes: capture.scope.classes,
      signal,
      onProblem: ({ message }) =>
        onProgress?.({ type: "message", level: "warning", text: `not compared with: ${message}` }),
    });
  }

  async #capture(saver: BlobSaver, parent: ParentSnapshot | undefined): Promise<Captured> {
    const { onProgress, signal, force } = this.#options;
    const previous = parent && this.#parentFiles(parent, force);
    await previous?.prefetch();
    const { capture: asked } = this.#options;
    const captureOptions = { ...asked, signal, onProgress, previous, identifyDatabases: true };
    const totals = parent ? tallyOf(parent) : await measureCapture(captureOptions);
    onProgress?.({ type: "phase", phase: "storing what changed" });
    await using capture = openCapture({ ...captureOptions, totals });
    const written = await this.#write(capture, saver, previous);
    return { written, captured: capture.report(), durationMs: this.#durationMs() };
  }

  #parentFiles(parent: ParentSnapshot, readAll: boolean | undefined): ParentFiles {
    const { signal } = this.#options;
    return new ParentFiles({ parent, loader: this.#loader, index: this.#index, readAll, signal });
  }

  async #write(
    capture: Capture,
    saver: BlobSaver,
    parent: ParentFiles | undefined,
  ): Promise<Captured["written"]> {
    const nodes = this.#nodes;
    const onRoot = this.#ancestors.add.bind(this.#ancestors);
    const trees = new TreeWriter({
      saver,
      nodes,
      onRoot,
      onDirectory: (node, before) => writer.countDirectory(node, before),
    });
    const { chunkerPolynomial } = this.#repository.config;
    const files = new FileSaver(saver, this.#index, chunkerPolynomial);
    const writer = new EntryWriter({ files, nodes, trees, parent });
    for await (const entry of somethingOf(capture, this.#options.capture)) {
      await writer.write(entry);
    }
    await trees.finish();
    return writer.written;
  }

  /** Saves the report and the trees from `/` down to what was captured. */
  async #saveTop(saver: BlobSaver, finished: Captured): Promise<Id> {
    const { now, user } = this.#options;
    const report = snapshotReportOf(this.#options, finished);
    const { damaged } = finished.written;
    const factsOf = (type: "dir" | "file") => ownFacts(type, now, user);
    const own = await saveOwnFiles({ report, damaged, factsOf }, saver, this.#nodes);
    this.#ancestors.add(own.path, own.node);
    return await this.#ancestors.finish(saver, this.#nodes);
  }
}

function tallyOf({ report: { files, bytes } }: ParentSnapshot): Tally {
  return { files, bytes };
}
