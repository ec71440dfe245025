import JSON5 from "json5";

/** A value in a JSON5 text: where it starts, and where it ends (exclusive). */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

export interface TextMember {
  readonly key: string;
  readonly keyStart: number;
  readonly value: TextNode;
  /** Where the comma after the value is. */
  readonly commaAt: number | undefined;
}

/** A value with its place; `members` when it is an object. Arrays and single values are only spans. */
export interface TextNode extends TextSpan {
  readonly members?: readonly TextMember[] | undefined;
}

/**
 * Finds where everything stands in a JSON5 text. Only for text that a JSON5 parser has accepted: this one looks for places, not
 * for errors.
 * @throws SyntaxError when it loses its way all the same.
 */
export function scanText(text: string): TextNode {
  return new Scanner(text).value();
}

const BLANK = /\s/;
const WORD_END = /[\s,:{}[\]"'/]/;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): TextNode {
    this.#skipTrivia();
    const start = this.#at;
    const first = this.#text[start];
    if (first === "{") return { start, members: this.#members(), end: this.#at };
    if (first === "[") this.#items();
    else if (first === '"' || first === "'") this.#quoted();
    else this.#word();
    return { start, end: this.#at };
  }

  #members(): TextMember[] {
    const members: TextMember[] = [];
    this.#at++;
    while (!this.#closes("}")) {
      const keyStart = this.#at;
      const key = this.#key();
      this.#skipTrivia();
      this.#expect(":");
      const value = this.value();
      this.#skipTrivia();
      const commaAt = this.#text[this.#at] === "," ? this.#at++ : undefined;
      members.push({ key, keyStart, value, commaAt });
    }
    return members;
  }

  #items(): void {
    this.#at++;
    while (!this.#closes("]")) {
      this.value();
      this.#skipTrivia();
      if (this.#text[this.#at] === ",") this.#at++;
    }
  }

  /** Skips to the next thing, and steps over `bracket` if it is that. */
  #closes(bracket: string): boolean {
    this.#skipTrivia();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  #key(): string {
    const start = this.#at;
    const first = this.#text[start];
    if (first !== '"' && first !== "'") {
      this.#word();
      const name = this.#text.slice(start, this.#at);
      return name.replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
    }
    this.#quoted();
    return JSON5.parse(this.#text.slice(start, this.#at));
  }

  #quoted(): void {
    const mark = this.#text[this.#at++];
    while (this.#text[this.#at] !== mark) {
      if (this.#at >= this.#text.length) throw new SyntaxError("a text does not end");
      this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    }
    this.#at++;
  }

  #word(): void {
    const start = this.#at;
    while (this.#at < this.#text.length && !WORD_END.test(this.#text[this.#at] ?? "")) this.#at++;
    if (this.#at === start) throw new SyntaxError(`nothing understood at offset ${start}`);
  }

  #expect(character: string): void {
    if (this.#text[this.#at++] === character) return;
    throw new SyntaxError(`expected ${character} at offset ${this.#at - 1}`);
  }

  #skipTrivia(): void {
    this.#at = endOfTrivia(this.#text, this.#at);
  }
}

const LINE_END = /[\n\r\u2028\u2029]/g;

/** Where blanks and comments that begin at `at` end. */
export function endOfTrivia(text: string, at: number): number {
  for (;;) {
    const character = text[at];
    if (character !== undefined && BLANK.test(character)) at++;
    else if (character === "/" && text[at + 1] === "/") at = endOfLine(text, at);
    else if (character === "/" && text[at + 1] === "*") at = endOfBlock(text, at);
    else return at;
  }
}

/** Where the line that holds `at` ends: before its line break, or at the end of the text. */
export function endOfLine(text: string, at: number): number {
  LINE_END.lastIndex = at;
  return LINE_END.exec(text)?.index ?? text.length;
}

/** Where the line that holds `at` starts. */
export function startOfLine(text: string, at: number): number {
  let start = at;
  while (start > 0 && !/[\n\r\u2028\u2029]/.test(text[start - 1] ?? "")) start--;
  return start;
}

/** Where the block comment that begins at `at` ends. */
export function endOfBlock(text: string, at: number): number {
  const end = text.indexOf("*/", at + 2);
  return end < 0 ? text.length : end + 2;
}
