import { join } from "node:path";
import type { Finding } from "../archive/index.ts";
import { type BackupError, isBackupError } from "../base/index.ts";
import { createFileSink, createPrivateDirectory, removeTree } from "../filesystem/index.ts";
import type { SnapshotEntry } from "../restore/index.ts";
import { isSqliteHeader } from "../sqlite/index.ts";
import { checkUnpacked } from "./check-unpacked.ts";
import { progressOf } from "./progress.ts";
import type { VerifyReport, VerifySnapshotOptions } from "./types.ts";

/** What SQLite keeps beside a database. Snapshots of ours hold none; one that was copied as it is belongs with them. */
const SIDECARS = ["-wal", "-journal"];

/**
 * Reads a snapshot as a restore would: every tree, every blob of every file decrypted and compared with the hash that names it, sizes against
 * their nodes, each database opened with integrity and foreign-key checks.
 *
 * Databases are unpacked one at a time into a private directory; nothing else touches the disk.
 * @throws BackupError storage errors; `cancelled`. Damage is a finding, and what is behind it is checked all the same.
 */
export async function verifySnapshot(options: VerifySnapshotOptions): Promise<VerifyReport> {
  const { source, signal, onProgress, temporaryDirectory } = options;
  onProgress?.({ type: "phase", phase: "verifying" });
  await using scratch = await createPrivateDirectory(temporaryDirectory, "verify");
  const run = new SnapshotRun(options, join(scratch.path, "database"));
  const { entries } = await source.snapshot.list({
    signal,
    onProblem: (path, error) => run.report(path, error),
  });
  await run.checkAll(entries);
  const { checked, findings } = run;
  return { ok: findings.length === 0, backup: source.backup ?? null, checked, findings };
}

class SnapshotRun {
  readonly checked: { files: number; bytes: number; databases: number } = {
    files: 0,
    bytes: 0,
    databases: 0,
  };
  readonly findings: Finding[] = [];
  readonly #options: VerifySnapshotOptions;
  readonly #scratchFile: string;

  constructor(options: VerifySnapshotOptions, scratchFile: string) {
    this.#options = options;
    this.#scratchFile = scratchFile;
  }

  report(path: string, error: BackupError): void {
    this.findings.push({ code: error.code as Finding["code"], path, message: error.message });
  }

  async checkAll(entries: readonly SnapshotEntry[]): Promise<void> {
    const { source, signal, onProgress } = this.#options;
    const files = new Map<string, SnapshotEntry>();
    for (const entry of entries) {
      if (entry.type === "hardlink") this.checked.files++;
      if (entry.type === "file") files.set(entry.path, entry);
    }
    const withLog: SnapshotEntry[] = [];
    for await (const { file, content } of source.snapshot.readFiles(files.values(), { signal })) {
      const hasLog = SIDECARS.some((suffix) => files.has(file.path + suffix));
      const isDatabase = await this.#tryCheck(file, content, !hasLog);
      if (isDatabase && hasLog) withLog.push(file);
      onProgress?.({ type: "progress", ...progressOf(this.checked, source.backup) });
    }
    for (const file of withLog) await this.#checkWithLog(file, files);
  }

  /** @returns whether it is a database that is still to be opened */
  async #tryCheck(
    file: SnapshotEntry,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    mayOpen: boolean,
  ): Promise<boolean> {
    this.checked.files++;
    try {
      return await this.#check(file, piecesOf(content), mayOpen);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.report(file.path, error);
      return false;
    }
  }

  async #check(
    file: SnapshotEntry,
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    mayOpen: boolean,
  ): Promise<boolean> {
    let sink: Awaited<ReturnType<typeof createFileSink>> | undefined;
    let isDatabase = false;
    try {
      let isFirst = true;
      for await (const piece of pieces) {
        if (isFirst) isDatabase = file.isDamaged !== true && isSqliteHeader(piece);
        if (isFirst && isDatabase && mayOpen) sink = await this.#openScratch();
        isFirst = false;
        this.checked.bytes += piece.length;
        await sink?.write(piece);
      }
      if (sink === undefined) return isDatabase;
      await sink.publish();
      await this.#open(file);
      return false;
    } finally {
      await sink?.[Symbol.asyncDispose]();
      if (sink !== undefined) removeTree(this.#scratchFile);
    }
  }

  async #checkWithLog(
    file: SnapshotEntry,
    files: ReadonlyMap<string, SnapshotEntry>,
  ): Promise<void> {
    const logs = SIDECARS.flatMap((suffix) => files.get(file.path + suffix) ?? []);
    const { signal, source } = this.#options;
    try {
      for await (const { file: part, content } of source.snapshot.readFiles([file, ...logs], {
        signal,
      })) {
        await using sink = await this.#openScratch(part.path.slice(file.path.length));
        for await (const piece of piecesOf(content)) await sink.write(piece);
        await sink.publish();
      }
      await this.#open(file);
    } catch (error) {
      // What cannot be read was reported when all was read.
      if (!isDamage(error)) throw error;
    } finally {
      for (const suffix of ["", "-shm", ...SIDECARS]) removeTree(this.#scratchFile + suffix);
    }
  }

  async #openScratch(suffix = ""): ReturnType<typeof createFileSink> {
    return await createFileSink(this.#scratchFile + suffix, { mode: 0o600 });
  }

  async #open({ path }: SnapshotEntry): Promise<void> {
    this.checked.databases++;
    const problem = await checkUnpacked(path, this.#scratchFile, this.#options);
    if (problem !== undefined) this.findings.push(problem);
  }
}

function piecesOf(
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return content instanceof Uint8Array ? [content] : content;
}

function isDamage(error: unknown): error is BackupError {
  return isBackupError(error, "data-corrupt", "data-missing", "limit-exceeded");
}
