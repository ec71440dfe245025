import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { FileListEntry, Omission } from "../types.ts";
import { encodeEntryLine, encodeOmissionLine, FILE_LINE_START } from "./line.ts";

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Lines are compressed in blocks of about this size. */
const BLOCK_CHARACTERS = 256 * 1024;

/**
 * Collects `files.jsonl` while an archive is written, compressed in memory: about 70 bytes an entry, most of it the hash.
 * Lines stand in the order of the tar.
 */
export class FileListWriter {
  readonly #blocks: Buffer[] = [];
  /** For each gzip member of the archive, how many files have their header in it. */
  readonly #filesPerMember: number[] = [];
  #lines: string[] = [];
  #characters = 0;
  #sizeBytes = 0;
  readonly #hash = createHash("sha256");
  #sha256 = "";

  /** @param member - Number of the archive's gzip member that the entry's tar header is in. */
  async addEntry(entry: FileListEntry, member: number): Promise<void> {
    if (entry.type === "file") {
      this.#filesPerMember[member] = (this.#filesPerMember[member] ?? 0) + 1;
    }
    await this.#add(encodeEntryLine(entry));
  }

  async addOmission(omission: Omission): Promise<void> {
    await this.#add(encodeOmissionLine(omission));
  }

  /** Ends the list. @returns Its size, not compressed. */
  async end(): Promise<number> {
    await this.#flush();
    this.#sha256 = this.#hash.digest("hex");
    return this.#sizeBytes;
  }

  /** What the manifest says of the list, so that neither can be exchanged alone; after `end`. */
  facts(): { readonly sizeBytes: number; readonly sha256: string } {
    return { sizeBytes: this.#sizeBytes, sha256: this.#sha256 };
  }

  /** The list's bytes, not compressed, for the tar; after `end`. */
  async *content(): AsyncGenerator<Uint8Array> {
    for (const block of this.#blocks) yield await unpack(block);
  }

  /**
   * The list to store beside the archive: gzipped, each file's line with `memberOffset`; after `end`.
   * @param memberOffsets - Where each gzip member begins in the archive.
   */
  async sidecar(memberOffsets: readonly number[]): Promise<Uint8Array> {
    const members = this.#eachFilesMember();
    const blocks: Buffer[] = [];
    for await (const content of this.content()) {
      const lines = Buffer.from(content).toString().split("\n").slice(0, -1);
      const withOffsets = lines.map((line) => {
        if (!line.startsWith(FILE_LINE_START)) return `${line}\n`;
        const offset = memberOffsets[members.next().value ?? -1];
        return `${line.slice(0, -1)},"memberOffset":${offset}}\n`;
      });
      blocks.push(await pack(withOffsets.join("")));
    }
    return blocks.length > 0 ? Buffer.concat(blocks) : await pack("");
  }

  async #add(line: string): Promise<void> {
    this.#lines.push(line, "\n");
    this.#characters += line.length + 1;
    if (this.#characters >= BLOCK_CHARACTERS) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const block = Buffer.from(this.#lines.join(""));
    this.#lines = [];
    this.#characters = 0;
    this.#sizeBytes += block.length;
    this.#hash.update(block);
    this.#blocks.push(await pack(block, { level: 3 }));
  }

  *#eachFilesMember(): Generator<number, undefined> {
    for (const [member, files] of this.#filesPerMember.entries()) {
      for (let i = 0; i < (files ?? 0); i++) yield member;
    }
    return undefined;
  }
}
