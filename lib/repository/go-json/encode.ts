const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;
const UNLIKE_GO = /[<>&\u2028\u2029]/g;
const LONE_SURROGATE = /\p{Cs}/gu;

/** One string with its quotes, as Go writes it. A lone surrogate stands for a byte that is not UTF-8 and becomes `\ufffd`. */
export function encodeGoString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (text.isWellFormed()) return escapeLikeGo(JSON.stringify(text));
  // Go tells an invalid byte (escaped) from a U+FFFD that is really there (as it is).
  const pieces = text.split(LONE_SURROGATE).map((piece) => JSON.stringify(piece).slice(1, -1));
  return escapeLikeGo(`"${pieces.join("\\ufffd")}"`);
}

/**
 * Any JSON value as Go writes it, without whitespace; numbers that `parseExactJson` kept as text come out as that text.
 * @throws RangeError when the value is nested beyond what the stack holds
 */
export function encodeGoJson(value: unknown): string {
  return escapeLikeGo(JSON.stringify(value));
}

/** These characters stand only inside of strings, so the text can be replaced whole. */
function escapeLikeGo(json: string): string {
  return json.replaceAll(
    UNLIKE_GO,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
