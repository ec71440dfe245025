import { BackupError } from "../base/index.ts";

const BARE = /[^\s'"\\]+/y;
const SINGLE = /'([^']*)'/y;
const DOUBLE = /"((?:[^"\\]|\\[\s\S])*)"/y;
const ESCAPED = /\\([\s\S])/y;
const SPACE = /\s+/y;

/**
 * Splits a command line into words as a shell would: blanks separate; quotes of both kinds and backslashes keep together. Nothing is
 * expanded, neither variables nor patterns, because no shell is ever started.
 *
 * @param label - Names the source in messages; the line itself may hold a secret and is not shown.
 * @throws BackupError `invalid-argument` for an open quote, a backslash at the end, or no word at all
 */
export function splitShellWords(line: string, label: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let offset = 0; offset < line.length; ) {
    const piece = nextPiece(line, offset);
    if (piece === undefined) throw unbalanced(label, offset);
    offset += piece.length;
    if (piece.text !== undefined) {
      word = (word ?? "") + piece.text;
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  if (words.length > 0 && words[0] !== "") return words;
  throw new BackupError("invalid-argument", `${label} names no program`);
}

interface Piece {
  readonly length: number;
  /** Undefined for the blanks between words. */
  readonly text: string | undefined;
}

function nextPiece(line: string, offset: number): Piece | undefined {
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = offset;
    return pattern.exec(line);
  };
  const space = take(SPACE);
  if (space !== null) return { length: space[0].length, text: undefined };
  const bare = take(BARE);
  if (bare !== null) return { length: bare[0].length, text: bare[0] };
  const double = take(DOUBLE);
  if (double !== null) return { length: double[0].length, text: unescapeDouble(double[1] ?? "") };
  const quoted = take(SINGLE) ?? take(ESCAPED);
  return quoted === null ? undefined : { length: quoted[0].length, text: quoted[1] ?? "" };
}

/** Between double quotes a backslash is itself, but before a double quote, a backslash, `$` and a backquote. */
function unescapeDouble(text: string): string {
  return text.replaceAll(/\\(["\\$`])/g, "$1");
}

function unbalanced(label: string, offset: number): BackupError {
  return new BackupError(
    "invalid-argument",
    `${label} has a quote or backslash without its counterpart at character ${offset + 1}`,
  );
}
