/**
 * Makes a path or object key safe to show: control characters, backslashes, bidirectional marks and lone surrogates become escapes
 * (`\n`, `\x1b`, `\u202e`, `\udce9`), so that a hostile name cannot steer a terminal or fake a line, and no byte of a name is lost.
 */
export function escapeText(text: string): string {
  return text.replaceAll(UNSAFE, (character) => {
    const named = NAMED[character];
    if (named !== undefined) return named;
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

const NAMED: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
const UNSAFE = /[\p{Cc}\p{Cs}\\\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** {@link escapeText} in double quotes, for use inside a message; quotes of the text itself become `\"`. */
export function quote(text: string): string {
  return `"${escapeText(text).replaceAll('"', '\\"')}"`;
}

/** `1 file`, `22,051 files`; the plural adds an s unless it is given. */
export function count(n: number, noun: string, plural: string = `${noun}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? noun : plural}`;
}
