import { quote } from "../../base/index.ts";
import { type FileListWriter, formatMtime } from "../list/index.ts";
import {
  type Area,
  DAMAGED,
  encodeRecord,
  ownPathOf,
  PAYLOAD,
  RECORDS,
  type StoredPaths,
} from "../names/index.ts";
import type { ArchiveInput, FileListEntry, Omission, OmissionReason } from "../types.ts";
import type { Assets } from "./assets.ts";
import { ExactContent, readWhole, sha256Of, WHOLE_BYTES } from "./content.ts";
import { storableTarget } from "./links.ts";
import { hasUnreadableTarget, type TarEntry } from "./tar-entry.ts";
import type { TarSink } from "./tar-sink.ts";

type Input<T extends ArchiveInput["type"]> = Extract<ArchiveInput, { readonly type: T }>;
type EntryInput = Exclude<ArchiveInput, { readonly type: "omission" }>;

export interface EntryWriterParts {
  readonly archiveRoot: string;
  readonly sink: TarSink;
  readonly names: StoredPaths;
  readonly assets: Assets;
  readonly list: FileListWriter;
  readonly signal: AbortSignal | undefined;
}

/** An entry with its place in the tar. */
interface Placed<T extends EntryInput> {
  readonly input: T;
  readonly area: Area;
  /** Below the root. */
  readonly stored: string;
}

/**
 * Writes what capture gives into tar and file list.
 *
 * Modes: the tar has the permission bits as they are, without setuid, setgid and sticky; 0000, which a tar writer would take for "not given",
 * stands as owner's rights with the true mode in a record. OpenClaw restores these bits literally and widens directories so that it can
 * write into them. Times: whole seconds in the tar; nanoseconds, and all mode bits, are in the file list.
 */
export class EntryWriter {
  readonly #parts: EntryWriterParts;
  readonly omissions: Omission[] = [];
  /** What was not captured, so that no hard link leads to it. */
  readonly #omitted = new Map<string, OmissionReason>();
  files = 0;
  bytes = 0;

  constructor(parts: EntryWriterParts) {
    this.#parts = parts;
  }

  async write(input: ArchiveInput): Promise<void> {
    switch (input.type) {
      case "omission":
        return await this.#omit(input.omission);
      case "dir":
        return await this.#writeDirectory(input);
      case "file":
        return await this.#writeFile(input);
      case "symlink":
        return await this.#writeSymlink(input);
      case "hardlink":
        return await this.#writeHardlink(input);
    }
  }

  async #omit(omission: Omission): Promise<void> {
    this.omissions.push(omission);
    this.#omitted.set(omission.path, omission.reason);
    await this.#parts.list.addOmission(omission);
  }

  async #writeDirectory(input: Input<"dir">): Promise<void> {
    const placed = this.#place(input);
    if (placed === undefined) return;
    const member = await this.#parts.sink.put(this.#tarEntry(placed, { sizeBytes: 0 }));
    await this.#list(placed, { sizeBytes: 0 }, member);
  }

  async #writeFile(input: Input<"file">): Promise<void> {
    const { content, sizeBytes } = input;
    const { signal } = this.#parts;
    if (content instanceof Uint8Array) await this.#writeWhole(input, content);
    else if (sizeBytes > WHOLE_BYTES) await this.#writeStream(input, content);
    else await this.#writeWhole(input, await readWhole(content, { sizeBytes, signal }));
  }

  /** A file that is in memory: when its content turns out not to be the file, it can still be left out. */
  async #writeWhole(input: Input<"file">, content: Uint8Array): Promise<void> {
    const omission = input.settle?.();
    if (omission !== undefined) return await this.#omit(omission);
    const placed = this.#place(input);
    if (placed === undefined) return;
    const facts = { sizeBytes: content.length, sha256: sha256Of(content) };
    const member = await this.#parts.sink.put(this.#tarEntry(placed, facts), content);
    await this.#list(placed, facts, member);
    this.files += 1;
    this.bytes += content.length;
  }

  /** A file whose header is out before its content is known: what goes wrong later is said in the list. */
  async #writeStream(input: Input<"file">, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const placed = this.#place(input);
    if (placed === undefined) return;
    const { sizeBytes } = input;
    const { sink, signal } = this.#parts;
    const content = new ExactContent(chunks, { sizeBytes, signal });
    const entry = this.#tarEntry(placed, { sizeBytes });
    const member = await sink.putStream(entry, content.chunks(sink.room));
    const { sha256, readBytes } = content.measured();
    const omission = input.settle?.() ?? becameShorter(input, readBytes);
    const incomplete = omission === undefined ? undefined : true;
    await this.#list(placed, { sizeBytes, sha256, incomplete }, member);
    if (omission !== undefined) return await this.#omit(omission);
    this.files += 1;
    this.bytes += sizeBytes;
  }

  async #writeSymlink(input: Input<"symlink">): Promise<void> {
    const placed = this.#place(input);
    if (placed === undefined) return;
    const { assets, sink } = this.#parts;
    const facts = { sizeBytes: 0, target: input.target };
    const entry = this.#linkEntry(placed);
    const link = { entryPath: entry.name, linkpath: entry.linkname ?? "" };
    const isUnreadable = link.linkpath === "" || hasUnreadableTarget(entry);
    if (isUnreadable || !assets.admitLink(input.path, link)) {
      return await this.#listOnly(placed, facts);
    }
    await this.#list(placed, facts, await sink.put(entry));
  }

  #linkEntry(placed: Placed<Input<"symlink">>): TarEntry {
    const { target } = placed.input;
    const linkname = storableTarget(target);
    const entry = this.#tarEntry(placed, { sizeBytes: 0, linkname });
    if (linkname === target) return entry;
    return { ...entry, records: { ...entry.records, [RECORDS.target]: encodeRecord(target) } };
  }

  async #writeHardlink(input: Input<"hardlink">): Promise<void> {
    const { archiveRoot, names, sink } = this.#parts;
    const target = names.find(input.target);
    const reason = this.#omitted.get(input.target);
    if (reason !== undefined || !names.hasLeaf(target)) {
      const detail = `hard link to ${quote(input.target)}, which was not captured`;
      return await this.#omit({ path: input.path, reason: reason ?? "changed", detail });
    }
    const placed = this.#place(input);
    if (placed === undefined) return;
    const facts = { sizeBytes: 0, target: PAYLOAD + input.target };
    const entry = this.#tarEntry(placed, { sizeBytes: 0, linkname: `${archiveRoot}/${target}` });
    if (hasUnreadableTarget(entry)) await this.#listOnly(placed, facts);
    else await this.#list(placed, facts, await sink.put(entry));
    this.files += 1;
  }

  #place<T extends EntryInput>(input: T): Placed<T> | undefined {
    const area = input.type === "file" && input.damaged === true ? DAMAGED : PAYLOAD;
    const stored = this.#parts.names.place(input.path, input.type, area);
    return stored === undefined ? undefined : { input, area, stored };
  }

  #tarEntry(
    { input, area, stored }: Placed<EntryInput>,
    facts: { readonly sizeBytes: number; readonly linkname?: string },
  ): TarEntry {
    const bits = input.mode & 0o777;
    const leadsBack = ownPathOf(stored) === area + input.path;
    const records = {
      ...(leadsBack ? {} : { [RECORDS.path]: encodeRecord(input.path) }),
      ...(bits === 0 ? { [RECORDS.mode]: "0" } : {}),
    };
    return {
      name: `${this.#parts.archiveRoot}/${stored}`,
      type: TAR_TYPES[input.type],
      mode: bits || (input.type === "dir" ? 0o700 : 0o600),
      mtimeNs: input.mtimeNs,
      records,
      ...facts,
    };
  }

  async #list(placed: Placed<EntryInput>, facts: LineFacts, member: number): Promise<void> {
    const { assets, list } = this.#parts;
    if (placed.area === PAYLOAD) assets.noteStored(placed.input.path);
    await list.addEntry(line(placed, facts), member);
  }

  /** For what OpenClaw would refuse in the tar: our reader gives it from the list. */
  async #listOnly(placed: Placed<EntryInput>, facts: LineFacts): Promise<void> {
    await this.#parts.list.addEntry({ ...line(placed, facts), listedOnly: true }, 0);
  }
}

type LineFacts = Pick<FileListEntry, "sizeBytes" | "sha256" | "target" | "incomplete">;

function line({ input, area, stored }: Placed<EntryInput>, facts: LineFacts): FileListEntry {
  const path = area + input.path;
  return {
    type: input.type,
    path,
    storedAs: stored === path ? undefined : stored,
    mode: input.mode & 0o7777,
    mtime: formatMtime(input.mtimeNs),
    class: input.class,
    ...facts,
  };
}

const TAR_TYPES = { file: "file", dir: "directory", symlink: "symlink", hardlink: "link" } as const;

function becameShorter(input: Input<"file">, readBytes: number): Omission | undefined {
  if (readBytes === input.sizeBytes) return undefined;
  const detail = `became shorter while it was read: ${readBytes} of ${input.sizeBytes} bytes`;
  return { path: input.path, reason: "changed", detail };
}
