import { BackupError, quote } from "../base/index.ts";

/** Deep enough for any file of ours, far from what exhausts the stack. */
const MAX_DEPTH = 64;

/**
 * Parses strict JSON that a person may have edited.
 *
 * @param label - Names the file in messages: `settings file "/home/u/.clawback/settings.json"`.
 * @throws BackupError `invalid-settings` with the line and column of the first character that does not belong.
 */
export function parseJsonText(text: string, label: string): unknown {
  const offset = findJsonError(text);
  if (offset === undefined) return JSON.parse(text);
  const before = text.slice(0, offset).split("\n");
  const line = before.length;
  const column = (before.at(-1)?.length ?? 0) + 1;
  const found = offset >= text.length ? "the end of the file" : quote(text[offset] ?? "");
  throw new BackupError(
    "invalid-settings",
    `${label} is not valid JSON: line ${line}, column ${column}: ${found} is not expected here`,
    {
      details: { line, column },
      hint: "correct it there; it has to be JSON without comments or trailing commas",
    },
  );
}

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

/** The offset of the first character that breaks JSON (the text's length when it ends too early), or undefined. */
export function findJsonError(text: string): number | undefined {
  const scanner = new JsonScanner(text);
  try {
    scanner.value(0);
    scanner.end();
    return undefined;
  } catch (error) {
    if (error instanceof Misplaced) return error.offset;
    throw error;
  }
}

class Misplaced extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super();
    this.offset = offset;
  }
}

class JsonScanner {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): void {
    this.#skip(SPACE);
    if (depth > MAX_DEPTH) throw new Misplaced(this.#offset);
    if (this.#takes("{")) this.#members("}", () => this.#member(depth));
    else if (this.#takes("[")) this.#members("]", () => this.value(depth + 1));
    else if (!this.#skip(STRING) && !this.#skip(SCALAR)) throw new Misplaced(this.#offset);
    this.#skip(SPACE);
  }

  end(): void {
    if (this.#offset < this.#text.length) throw new Misplaced(this.#offset);
  }

  #members(close: string, member: () => void): void {
    this.#skip(SPACE);
    if (this.#takes(close)) return;
    do member();
    while (this.#takes(","));
    if (!this.#takes(close)) throw new Misplaced(this.#offset);
  }

  #member(depth: number): void {
    this.#skip(SPACE);
    if (!this.#skip(STRING)) throw new Misplaced(this.#offset);
    this.#skip(SPACE);
    if (!this.#takes(":")) throw new Misplaced(this.#offset);
    this.value(depth + 1);
  }

  #takes(character: string): boolean {
    if (this.#text[this.#offset] !== character) return false;
    this.#offset++;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.#text);
    if (match === null) return false;
    this.#offset += match[0].length;
    return match[0].length > 0;
  }
}
