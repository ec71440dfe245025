import { isDeepStrictEqual } from "node:util";

/** Whether two policies say the same: services order lists anew, and write a list of one as one. */
export function isSameDocument(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(normalize(a), normalize(b));
}

/** A policy as a service answers with it: JSON, in IAM percent-encoded, in emulators at times no longer a text. Undefined: none. */
export function parseDocument(text: unknown): Record<string, unknown> | undefined {
  if (typeof text === "object" && text !== null) return text as Record<string, unknown>;
  if (typeof text !== "string") return undefined;
  try {
    const json = text.trimStart().startsWith("{") ? text : decodeURIComponent(text);
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function normalize(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(normalize);
    if (items.length === 1) return items[0];
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  // Some write "false" as a truth value.
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  // Everybody, at length.
  if (entries.length === 1 && entries[0]?.[0] === "AWS" && normalize(entries[0][1]) === "*")
    return "*";
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, normalize(each)]));
}
