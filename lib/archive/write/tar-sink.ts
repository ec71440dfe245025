import { assertNotCancelled, BackupError } from "../../base/index.ts";
import type { HandOver } from "./hand-over.ts";
import { MemberCutter } from "./member-cutter.ts";
import { layOut, type TarEntry } from "./tar-entry.ts";
import { TarPack } from "./tar-pack.ts";

const END_OF_TAR_BYTES = 1024;

/** Takes tar entries one after the other and hands over the tar's bytes, cut into what becomes one gzip member each. */
export class TarSink {
  readonly #members: HandOver<Buffer>;
  readonly #cutter: MemberCutter;
  readonly #pack: TarPack;
  readonly #signal: AbortSignal | undefined;

  static async open(members: HandOver<Buffer>, signal: AbortSignal | undefined): Promise<TarSink> {
    const cutter = new MemberCutter((bytes) => members.push(bytes));
    const pack = await TarPack.open((chunk) => cutter.push(chunk));
    return new TarSink({ members, cutter, pack, signal });
  }

  private constructor(parts: {
    readonly members: HandOver<Buffer>;
    readonly cutter: MemberCutter;
    readonly pack: TarPack;
    readonly signal: AbortSignal | undefined;
  }) {
    this.#members = parts.members;
    this.#cutter = parts.cutter;
    this.#pack = parts.pack;
    this.#signal = parts.signal;
  }

  /** Writes an entry with its content. @returns The number of the gzip member that its header is in. */
  async put(entry: TarEntry, content?: Uint8Array): Promise<number> {
    await this.room();
    const layout = layOut(entry);
    const member = this.#cutter.announce(layout.totalBytes);
    await this.#pack.add(entry, layout, content);
    return member;
  }

  /** Writes a file from chunks, exactly `entry.sizeBytes` of them in all; they should wait for `room` before each. */
  async putStream(entry: TarEntry, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    await this.room();
    const layout = layOut(entry);
    const member = this.#cutter.announce(layout.totalBytes);
    await this.#pack.addStream(entry, layout, chunks);
    return member;
  }

  /** Waits until the consumer has taken enough of what was written. @throws BackupError `cancelled` */
  readonly room = async (): Promise<void> => {
    assertNotCancelled(this.#signal);
    await this.#members.room();
    assertNotCancelled(this.#signal);
  };

  /** Writes the end of the tar and hands over the last member. */
  async end(): Promise<void> {
    await this.#pack.finish();
    this.#cutter.end();
    const { announcedBytes, receivedBytes } = this.#cutter;
    if (announcedBytes + END_OF_TAR_BYTES !== receivedBytes) {
      throw new BackupError(
        "internal",
        `tar: ${receivedBytes} bytes were written, ${announcedBytes + END_OF_TAR_BYTES} were planned`,
      );
    }
    this.#members.end();
  }

  /** Takes back a member's buffer. */
  recycle(bytes: Buffer): void {
    this.#cutter.recycle(bytes);
  }

  /** Ends whatever is under way; calls that wait fail. */
  destroy(reason?: unknown): void {
    this.#pack.destroy(reason);
  }
}
