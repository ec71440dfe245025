import { MIB } from "../../base/index.ts";
import { FileListWriter } from "../list/index.ts";
import { StoredPaths } from "../names/index.ts";
import type { ArchiveInput, ArchiveSummary, ManifestInput } from "../types.ts";
import { Assets, stateDirOf } from "./assets.ts";
import { EntryWriter } from "./entry-writer.ts";
import { encodeManifest, externalLinkBudget, type ManifestFacts } from "./manifest.ts";
import type { ResolvedWriteOptions } from "./options.ts";
import type { TarEntry } from "./tar-entry.ts";
import type { TarSink } from "./tar-sink.ts";

const PROGRESS_ENTRIES = 256;
const PROGRESS_BYTES: number = 4 * MIB;

/** Writes a whole archive's tar: our marker directory first, then the entries, then file list and manifest. */
export class ArchiveWriter {
  readonly #options: ResolvedWriteOptions;
  readonly #sink: TarSink;
  readonly #list = new FileListWriter();
  readonly #assets: Assets;
  readonly #entries: EntryWriter;
  #reportedEntries = 0;
  #reportedBytes = 0;

  constructor(options: ResolvedWriteOptions, sink: TarSink) {
    const { manifest, signal } = options;
    this.#options = options;
    this.#sink = sink;
    const names = new StoredPaths({
      stateDir: stateDirOf(manifest),
      managedDatabases: managedDatabasesOf(manifest),
    });
    this.#assets = new Assets(manifest, names);
    const { assets, emptyAssets, ...facts } = this.#facts({});
    const full = { ...facts, assets: [...assets, ...emptyAssets], emptyAssets: [] };
    this.#assets.setLinkBudget(externalLinkBudget(manifest, full));
    this.#entries = new EntryWriter({
      archiveRoot: manifest.archiveRoot,
      sink,
      names,
      assets: this.#assets,
      list: this.#list,
      signal,
    });
  }

  async write(inputs: AsyncIterable<ArchiveInput>): Promise<void> {
    // Tells a reader at once that the archive is ours.
    await this.#sink.put(
      this.#ownEntry("clawback", { type: "directory", mode: 0o755, sizeBytes: 0 }),
    );
    for await (const input of inputs) {
      await this.#entries.write(input);
      this.#report(input);
    }
    await this.#writeFileList();
    await this.#writeManifest();
    await this.#sink.end();
  }

  /** @param memberOffsets - Where each gzip member begins in the archive. */
  async summary(memberOffsets: readonly number[]): Promise<ArchiveSummary> {
    const { files, bytes, omissions } = this.#entries;
    return { files, bytes, omissions, fileListGz: await this.#list.sidecar(memberOffsets) };
  }

  async #writeFileList(): Promise<void> {
    const sizeBytes = await this.#list.end();
    const entry = this.#ownEntry("clawback/files.jsonl", { type: "file", mode: 0o644, sizeBytes });
    if (sizeBytes === 0) await this.#sink.put(entry);
    else await this.#sink.putStream(entry, this.#list.content());
  }

  async #writeManifest(): Promise<void> {
    const { files, bytes, omissions } = this.#entries;
    const counts = { files, bytes, omissions: omissions.length };
    const facts = this.#facts({ counts, fileList: this.#list.facts() });
    const content = encodeManifest(this.#options.manifest, facts);
    const sizeBytes = content.length;
    const entry = this.#ownEntry("manifest.json", { type: "file", mode: 0o644, sizeBytes });
    await this.#sink.put(entry, content);
  }

  #facts(clawback: Readonly<Record<string, unknown>>): ManifestFacts {
    const { filled, empty } = this.#assets.list();
    const { stateDir, externalLinks } = this.#assets;
    return {
      assets: filled,
      emptyAssets: empty,
      stateDir,
      externalSymbolicLinks: externalLinks,
      clawback,
    };
  }

  #ownEntry(name: string, facts: Pick<TarEntry, "type" | "mode" | "sizeBytes">): TarEntry {
    const { archiveRoot, createdAt } = this.#options.manifest;
    const mtimeNs = BigInt(createdAt.getTime()) * 1_000_000n;
    return { name: `${archiveRoot}/${name}`, mtimeNs, ...facts };
  }

  #report(input: ArchiveInput): void {
    this.#reportedEntries += 1;
    const { files, bytes } = this.#entries;
    const isDue =
      this.#reportedEntries % PROGRESS_ENTRIES === 0 ||
      bytes - this.#reportedBytes > PROGRESS_BYTES;
    if (!isDue) return;
    this.#reportedBytes = bytes;
    const current = input.type === "omission" ? input.omission.path : input.path;
    this.#options.onProgress({ type: "progress", files, bytes, current });
  }
}

/** Databases that OpenClaw's verify looks for by name. */
function managedDatabasesOf(manifest: ManifestInput): string[] {
  const agents = manifest.paths.agentRoots.map(
    (root) => `${root.sourcePath}/openclaw-agent.sqlite`,
  );
  return [`${stateDirOf(manifest)}/state/openclaw.sqlite`, ...agents];
}
