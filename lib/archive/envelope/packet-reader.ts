import { BackupError } from "../../base/index.ts";
import type { ByteSource } from "../byte-source.ts";

/** Packets that are read whole: session keys, signatures. */
const MAX_SMALL_BYTES = 256 * 1024;

/**
 * Reads OpenPGP packets one after the other, with lengths of every form, old and new, and bodies that come in parts.
 * @see RFC 9580, section 4.2
 */
export class PacketReader {
  readonly #source: ByteSource;
  /** Of the current part of the current body. */
  #leftBytes = 0;
  #hasMoreParts = false;
  #isEndless = false;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /**
   * The next packet's tag, after skipping what was not read of the last one; undefined at the end.
   * @throws BackupError `data-corrupt`
   */
  async next(): Promise<number | undefined> {
    while ((await this.read()) !== undefined);
    const first = (await this.#source.take(1))?.[0];
    if (first === undefined) return undefined;
    if ((first & 0x80) === 0) throw damaged("a packet does not begin as one");
    if ((first & 0x40) === 0) return await this.#beginOld((first >> 2) & 0x0f, first & 0x03);
    await this.#readNewLength();
    return first & 0x3f;
  }

  /** The next bytes of the packet's body; undefined at its end. @throws BackupError `data-corrupt` */
  async read(atMost: number = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    while (this.#leftBytes === 0 && this.#hasMoreParts) await this.#readNewLength();
    if (this.#isEndless) return await this.#source.takeSome(atMost);
    if (this.#leftBytes === 0) return undefined;
    const some = await this.#source.takeSome(Math.min(this.#leftBytes, atMost));
    if (some === undefined) throw this.#source.cutShort();
    this.#leftBytes -= some.length;
    return some;
  }

  /** Exactly so many bytes of the body. @throws BackupError `data-corrupt` when it has fewer. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      const some = await this.read(missing);
      if (some === undefined) throw damaged("a packet is too short");
      parts.push(some);
      missing -= some.length;
    }
    return Buffer.concat(parts, length);
  }

  /** The rest of the body of a small packet. @throws BackupError `data-corrupt` when it is not small. */
  async takeAll(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (let some = await this.read(); some !== undefined; some = await this.read()) {
      parts.push(some);
      bytes += some.length;
      if (bytes > MAX_SMALL_BYTES) throw damaged("a packet is far too long for its kind");
    }
    return Buffer.concat(parts);
  }

  async #beginOld(tag: number, form: number): Promise<number> {
    this.#isEndless = form === 3;
    if (form < 3) this.#leftBytes = await this.#readNumber(2 ** form);
    return tag;
  }

  async #readNewLength(): Promise<void> {
    const first = await this.#readNumber(1);
    this.#hasMoreParts = first >= 224 && first < 255;
    if (this.#hasMoreParts) this.#leftBytes = 2 ** (first & 0x1f);
    else if (first < 192) this.#leftBytes = first;
    else if (first === 255) this.#leftBytes = await this.#readNumber(4);
    else this.#leftBytes = (first - 192) * 256 + (await this.#readNumber(1)) + 192;
  }

  async #readNumber(width: number): Promise<number> {
    const bytes = await this.#source.take(width);
    if (bytes === undefined) throw this.#source.cutShort();
    return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  }
}

export function damaged(what: string): BackupError {
  return new BackupError("data-corrupt", `encrypted data: damaged, ${what}`);
}
