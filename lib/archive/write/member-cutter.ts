/** Gzip members hold this much of the tar, or less where an entry ends. A multiple of the tar's block. */
export const MEMBER_BYTES: number = 1024 * 1024;

/**
 * Cuts the tar's bytes into what becomes one gzip member each.
 *
 * A file's header always stands in a member that begins with an entry's header, so that a reader can start at the member and parse on: a
 * member is ended before an entry that would not fit into the rest of it, and after an entry that went over several.
 */
export class MemberCutter {
  readonly #onMember: (bytes: Buffer) => void;
  /** Offsets in the tar where members end before they are full, announced and not reached yet. */
  readonly #cuts: number[] = [];
  readonly #spare: Buffer[] = [];
  #announcedBytes = 0;
  #lastCut = 0;
  #members = 0;
  #block: Buffer;
  #filled = 0;
  #receivedBytes = 0;

  /** @param onMember - Takes a member's bytes, and gives the buffer back with `recycle` when done with it. */
  constructor(onMember: (bytes: Buffer) => void) {
    this.#onMember = onMember;
    this.#block = Buffer.allocUnsafeSlow(MEMBER_BYTES);
  }

  /**
   * Announces the next entry before its bytes come.
   * @param totalBytes - With header and padding.
   * @returns The number of the member it begins in, from 0.
   */
  announce(totalBytes: number): number {
    const start = this.#announcedBytes;
    const end = start + totalBytes;
    if (start > this.#lastCut && end - this.#lastCut > MEMBER_BYTES) this.#cutAt(start);
    const member = this.#members;
    // Within an entry members are full, which `push` sees by itself.
    const full = Math.max(Math.ceil((end - this.#lastCut) / MEMBER_BYTES) - 1, 0);
    this.#lastCut += full * MEMBER_BYTES;
    this.#members += full;
    if (full > 0) this.#cutAt(end);
    this.#announcedBytes = end;
    return member;
  }

  get announcedBytes(): number {
    return this.#announcedBytes;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Takes the tar's next bytes. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const isAtCut = this.#cuts[0] === this.#receivedBytes;
      if (isAtCut) this.#cuts.shift();
      if (isAtCut || this.#filled === MEMBER_BYTES) this.#emit();
      const untilCut = (this.#cuts[0] ?? Number.POSITIVE_INFINITY) - this.#receivedBytes;
      const taken = Math.min(chunk.length - at, untilCut, MEMBER_BYTES - this.#filled);
      this.#block.set(chunk.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      this.#receivedBytes += taken;
      at += taken;
    }
  }

  /** Gives out what is left. */
  end(): void {
    if (this.#filled > 0) this.#emit();
  }

  /** Takes back a buffer that `onMember` was given. */
  recycle(bytes: Buffer): void {
    this.#spare.push(Buffer.from(bytes.buffer));
  }

  #cutAt(offset: number): void {
    this.#cuts.push(offset);
    this.#lastCut = offset;
    this.#members += 1;
  }

  #emit(): void {
    const full = this.#block.subarray(0, this.#filled);
    this.#block = this.#spare.pop() ?? Buffer.allocUnsafeSlow(MEMBER_BYTES);
    this.#filled = 0;
    this.#onMember(full);
  }
}
