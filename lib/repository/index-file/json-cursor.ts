import { BackupError } from "../../base/index.ts";

/** No index has more than six levels; more is an attempt to make a reader recurse. */
const MAX_DEPTH = 32;

/**
 * Walks JSON text without making values of it, so that single ones can be cut out of a large document. It knows where values
 * begin and end and no more: what is cut out is left to `JSON.parse`.
 */
export class JsonCursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Passes over space, and over `byte` if that is next. */
  accept(byte: number): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  /** @throws BackupError `data-corrupt` when something else is next */
  expect(byte: number): void {
    if (!this.accept(byte)) throw damaged(this.#at, `expected is ${String.fromCharCode(byte)}`);
  }

  expectEnd(): void {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw damaged(this.#at, "expected is its end");
  }

  /** Passes over the next value. @returns the bytes of it */
  skipValue(): Buffer {
    this.#skipSpace();
    const start = this.#at;
    let depth = 0;
    do {
      depth += this.#skipToken();
      if (depth > MAX_DEPTH) throw damaged(this.#at, `it is nested more than ${MAX_DEPTH} deep`);
    } while (depth > 0);
    return this.#bytes.subarray(start, this.#at);
  }

  /** Makes a value of the next one. */
  parseValue(): unknown {
    const start = this.#at;
    const text = this.skipValue().toString("utf8");
    try {
      return JSON.parse(text);
    } catch (error) {
      throw damaged(start, "it is no JSON", error);
    }
  }

  /** @returns how much deeper it is behind the token */
  #skipToken(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw damaged(this.#at, "it is cut short");
    if (byte === QUOTE) {
      this.#skipString();
      return 0;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#at += 1;
      return 1;
    }
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      this.#at += 1;
      return -1;
    }
    this.#skipOther();
    return 0;
  }

  #skipString(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    if (at >= bytes.length) throw damaged(this.#at, "a text is cut short");
    this.#at = at + 1;
  }

  /** Numbers, words, commas, colons and space. */
  #skipOther(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    while (at < bytes.length && !IS_BORDER[bytes[at] as number]) at += 1;
    this.#at = at;
  }

  #skipSpace(): void {
    while (IS_SPACE[this.#bytes[this.#at] ?? 0]) this.#at += 1;
  }
}

function damaged(at: number, what: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `index is damaged at byte ${at}: ${what}`, { cause });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const IS_SPACE = tableOf(" \t\n\r");
const IS_BORDER = tableOf('"{}[],: \t\n\r');

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  return table;
}
