import { createHash } from "node:crypto";
import { BackupError, quote } from "../../base/index.ts";
import { ByteSource } from "../byte-source.ts";
import { FileListParser } from "../list/index.ts";
import type { ArchiveContents, ArchiveEntry, FileList, Finding } from "../types.ts";
import { EntryBody } from "./entry-body.ts";
import { type Clash, EntryRegistry } from "./entry-registry.ts";
import type { Interpreted, Layout } from "./layout.ts";
import { listedOnlyEntries } from "./listed-only.ts";
import type { ManifestContents } from "./manifest.ts";
import type { ResolvedReadOptions } from "./options.ts";
import { PlainLayout } from "./plain-layout.ts";
import { isBelowBackupRoot, recogniseLayout } from "./recognise.ts";
import { type TarItem, TarReader } from "./tar-reader.ts";
import { unpack } from "./unpack.ts";

/** One pass over an archive: gives its entries, keeps manifest and file list back, and knows at the end what it was. */
export class ArchiveReading {
  readonly #options: ResolvedReadOptions;
  readonly #source: ByteSource;
  readonly #tar: TarReader;
  readonly #registry = new EntryRegistry();
  readonly #findings: Finding[] = [];
  #layout: Layout | undefined;
  #manifest: ManifestContents | undefined;
  #list: FileList | undefined;
  #listSha256: string | undefined;
  #entries = 0;
  #bytes = 0;

  constructor(source: AsyncIterable<Uint8Array>, options: ResolvedReadOptions) {
    this.#options = options;
    this.#source = new ByteSource(unpack(source, options), "archive");
    this.#tar = new TarReader(this.#source, options.limits);
  }

  async *entries(): AsyncGenerator<ArchiveEntry, void, undefined> {
    try {
      for await (const [layout, item] of this.#items()) {
        const body = new EntryBody(this.#tar);
        const entry = await this.#accept(layout, item, body);
        if (entry !== undefined) yield entry;
        body.pass();
      }
      await this.#finish();
      yield* this.#listedOnly();
    } finally {
      await this.#source.close();
    }
  }

  /** After `entries` has ended. */
  contents(): ArchiveContents {
    const none = { createdAt: undefined, runtimeVersion: undefined, stateDir: undefined };
    return {
      ...{ ...none, configPath: undefined, assets: [], clawback: undefined },
      ...this.#manifest,
      ...(this.#layout?.kind === "clawback" ? {} : { clawback: undefined }),
      kind: this.#layout?.kind ?? "plain",
      archiveRoot: this.#layout?.root,
      fileList: this.#list,
      entries: this.#entries,
      bytes: this.#bytes,
      findings: this.#findings,
    };
  }

  /** The tar's entries, from when it is known what kind of archive it is. */
  async *#items(): AsyncGenerator<[Layout, TarItem], void, undefined> {
    const undecided: TarItem[] = [];
    for (let item = await this.#tar.next(); item !== undefined; item = await this.#tar.next()) {
      if (this.#layout !== undefined) {
        yield [this.#layout, item];
        continue;
      }
      undecided.push(item);
      this.#layout = recogniseLayout(undecided);
      if (this.#layout === undefined) continue;
      // All but the last are directories, so no content has been passed over.
      for (const each of undecided) yield [this.#layout, each];
    }
    if (this.#layout !== undefined) return;
    this.#layout = new PlainLayout();
    for (const each of undecided) yield [this.#layout, each];
  }

  async #accept(layout: Layout, item: TarItem, body: EntryBody): Promise<ArchiveEntry | undefined> {
    if (item.type === "odd") return this.#passOver(layout, item, `${item.oddity} left out`);
    const seen = layout.interpret(item, this.#options.limits);
    if (seen.role === "marker") return undefined;
    if (seen.role === "manifest") return await this.#readManifest(layout, item, body);
    if (seen.role === "list") return await this.#readFileList(item, body);
    const entry = asEntry(item, { ...seen, role: seen.role }, body);
    const clash = this.#registry.add(registryPath(entry), entry.type, entry.target);
    if (clash !== undefined) return this.#clash(layout, item, clash);
    if (layout.kind === "plain" && isBelowBackupRoot(item)) this.#noteHiddenBackup();
    this.#entries += 1;
    this.#bytes += entry.sizeBytes;
    return entry;
  }

  /** A backup whose beginning was lost or hidden would pass for a plain tar, unchecked. */
  #noteHiddenBackup(): void {
    const message = "it holds a backup, and does not begin as one";
    if (this.#findings.some((finding) => finding.message === message)) return;
    this.#findings.push({ code: "data-corrupt", message });
  }

  #clash(layout: Layout, item: TarItem, clash: Clash): undefined {
    if (clash === "below-no-directory") {
      const what = `${quote(item.name)} lies below something that is no directory`;
      throw new BackupError("data-corrupt", `archive: ${what}`);
    }
    if (layout.kind === "plain" && item.type === "dir") return undefined;
    const what =
      clash === "twice"
        ? "stored twice; the first one counts"
        : `hard link to ${quote(item.linkname)}, which is no file before it`;
    return this.#passOver(layout, item, what, "data-corrupt");
  }

  /** Tars that anybody made may hold odd things, which are reported; archives in backup format may not. */
  #passOver(
    layout: Layout,
    item: TarItem,
    what: string,
    code: "unsupported-format" | "data-corrupt" = "unsupported-format",
  ): undefined {
    if (layout.kind !== "plain") {
      throw new BackupError(code, `archive: ${quote(item.name)}: ${what}`);
    }
    this.#findings.push({ code, path: item.name, message: what });
    return undefined;
  }

  async #readManifest(layout: Layout, item: TarItem, body: EntryBody): Promise<undefined> {
    const { maxManifestBytes } = this.#options.limits;
    if (this.#manifest !== undefined) {
      throw new BackupError("data-corrupt", "archive: it has two manifests");
    }
    if (item.sizeBytes > maxManifestBytes) {
      throw new BackupError("limit-exceeded", `manifest: longer than ${maxManifestBytes} bytes`);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    // Loaded when needed, because the schema's library is heavy.
    const { parseManifest } = await import("./manifest.ts");
    this.#manifest = parseManifest(Buffer.concat(chunks), layout);
  }

  async #readFileList(item: TarItem, body: EntryBody): Promise<undefined> {
    if (this.#list !== undefined || item.type !== "file") {
      throw new BackupError("data-corrupt", "archive: it has no single file list");
    }
    const { maxEntries, maxPathBytes } = this.#options.limits;
    // An omission for every entry, and text escaped to six characters a byte, is more than we ever write.
    const maxLineBytes = 4096 + 6 * 3 * maxPathBytes;
    const parser = new FileListParser({ maxLines: 2 * maxEntries, maxLineBytes });
    const hash = createHash("sha256");
    for await (const chunk of body) {
      hash.update(chunk);
      parser.push(chunk);
    }
    this.#list = parser.end();
    this.#listSha256 = hash.digest("hex");
  }

  async #finish(): Promise<void> {
    const isEmptyBehind = await this.#tar.drain();
    if (!isEmptyBehind) {
      this.#findings.push({
        code: "data-corrupt",
        message: "unknown data behind the archive's end",
      });
    }
    if (this.#layout?.kind === "plain") {
      if (this.#tar.hasEnd) return;
      throw this.#source.cutShort();
    }
    if (this.#manifest !== undefined) return this.#compareList(this.#manifest);
    throw new BackupError("data-missing", "archive: it has no manifest.json", {
      hint: "it was cut short or is no backup; take another one",
    });
  }

  /** Our manifest says that it is ours, and which file list belongs to it. */
  #compareList({ clawback }: ManifestContents): void {
    const code = "manifest-mismatch";
    const isOurs = this.#layout?.kind === "clawback";
    if (!isOurs && clawback !== undefined) {
      const message = "clawback made it, and it does not begin as clawback's archives do";
      this.#findings.push({ code, message });
    }
    const said = (clawback?.fileList as { readonly sha256?: unknown } | undefined)?.sha256;
    if (!isOurs || said === this.#listSha256) return;
    const message = "the file list is not the one that the manifest was written for";
    this.#findings.push({ code, message });
  }

  *#listedOnly(): Generator<ArchiveEntry, void, undefined> {
    for (const entry of listedOnlyEntries(this.#list, this.#options.limits)) {
      const clash = this.#registry.add(entry.path, entry.type, entry.target);
      if (clash !== undefined) {
        throw new BackupError("data-corrupt", `file list: ${quote(entry.path)} cannot stand there`);
      }
      this.#entries += 1;
      yield entry;
    }
  }
}

function asEntry(
  item: TarItem,
  seen: Interpreted & { readonly role: ArchiveEntry["role"] },
  body: EntryBody,
): ArchiveEntry {
  const { target } = seen;
  const isLink = item.type === "symlink" || item.type === "hardlink";
  if (isLink && (target === undefined || target === "" || target.includes("\0"))) {
    throw new BackupError("data-corrupt", `archive: link ${quote(item.name)} has no target`);
  }
  return {
    type: item.type as ArchiveEntry["type"],
    role: seen.role,
    path: seen.path,
    storedPath: item.name,
    mode: seen.mode,
    mtimeNs: item.mtimeNs,
    sizeBytes: item.sizeBytes,
    target,
    body,
  };
}

/** Payload, damaged and foreign paths cannot be taken for one another. */
function registryPath(entry: ArchiveEntry): string {
  return entry.role === "damaged" ? `damaged${entry.path}` : entry.path;
}
