import {
  endOfBlock,
  endOfLine,
  endOfTrivia,
  scanText,
  startOfLine,
  type TextMember,
  type TextNode,
} from "./scan.ts";

/**
 * Sets the value at a path of keys in a JSON5 text, and leaves every other character as it is. Missing objects on the way are
 * made. Of a key given twice the last counts, as for a parser.
 *
 * @param text - Accepted by a JSON5 parser.
 * @param keys - Empty for the whole value.
 * @returns undefined when something on the way is not an object.
 */
export function setInText(
  text: string,
  keys: readonly string[],
  value: unknown,
): string | undefined {
  let node = scanText(text);
  for (const [depth, key] of keys.entries()) {
    if (node.members === undefined) return undefined;
    const member = node.members.findLast((candidate) => candidate.key === key);
    if (member === undefined) {
      return insertMember(text, node, { key, value: wrap(keys.slice(depth + 1), value) });
    }
    node = member.value;
  }
  return replace(text, node, format(value, indentAt(text, node.start)));
}

function wrap(keys: readonly string[], value: unknown): unknown {
  return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

interface NewMember {
  readonly key: string;
  readonly value: unknown;
}

/** Adds a member at the end of an object, in the style of the one before it. */
function insertMember(text: string, object: TextNode, added: NewMember): string {
  const last = object.members?.at(-1);
  if (last === undefined) return insertFirst(text, object, added);
  const indent = ownLineIndent(text, last.keyStart);
  const afterValue = last.value.end;
  if (indent === undefined) {
    const member = `${last.commaAt === undefined ? "," : ""} ${formatMember(added, "")}`;
    return splice(text, (last.commaAt ?? afterValue - 1) + 1, member);
  }
  // The last member's comment on the same line stays with it; the new one comes on the next line.
  const lineEnd = endOfSameLineTrivia(text, last);
  const tail = last.commaAt === undefined ? "" : ",";
  const grown = splice(
    text,
    lineEnd,
    `${lineBreak(text)}${indent}${formatMember(added, indent)}${tail}`,
  );
  return last.commaAt === undefined ? splice(grown, afterValue, ",") : grown;
}

function insertFirst(text: string, object: TextNode, added: NewMember): string {
  const outer = indentAt(text, object.start);
  const indent = `${outer}  `;
  const isBare = endOfTrivia(text, object.start + 1) === object.end - 1;
  const inside = isBare ? text.slice(object.start + 1, object.end - 1) : "";
  if (inside.trim() === "") {
    const member = `{${lineBreak(text)}${indent}${formatMember(added, indent)}${lineBreak(text)}${outer}}`;
    return replace(text, object, member);
  }
  // An object that holds only comments: the member goes before them.
  return splice(
    text,
    object.start + 1,
    `${lineBreak(text)}${indent}${formatMember(added, indent)}`,
  );
}

/** Where a new line can go after a member: behind the comments that follow it on its line. */
function endOfSameLineTrivia(text: string, member: TextMember): number {
  let at = member.commaAt === undefined ? member.value.end : member.commaAt + 1;
  for (;;) {
    let start = at;
    while (text[start] === " " || text[start] === "\t") start++;
    if (text.startsWith("//", start)) return endOfLine(text, start);
    if (!text.startsWith("/*", start)) return at;
    const end = endOfBlock(text, start);
    if (endOfLine(text, start) < end) return at;
    at = end;
  }
}

function formatMember(member: NewMember, indent: string): string {
  return `${JSON.stringify(member.key)}: ${format(member.value, indent)}`;
}

/** JSON, which is JSON5 too; objects over several lines below `indent`. */
function format(value: unknown, indent: string): string {
  return JSON.stringify(value, undefined, 2).replaceAll("\n", `\n${indent}`);
}

/** The blanks before `at` when nothing else stands before it on its line, and the line is not the first. */
function ownLineIndent(text: string, at: number): string | undefined {
  const start = startOfLine(text, at);
  const before = text.slice(start, at);
  return start > 0 && before.trim() === "" ? before : undefined;
}

/** The blanks at the start of the line that holds `at`. */
function indentAt(text: string, at: number): string {
  const start = startOfLine(text, at);
  let end = start;
  while (end < at && (text[end] === " " || text[end] === "\t")) end++;
  return text.slice(start, end);
}

function lineBreak(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function replace(text: string, node: TextNode, replacement: string): string {
  return text.slice(0, node.start) + replacement + text.slice(node.end);
}

function splice(text: string, at: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at);
}
