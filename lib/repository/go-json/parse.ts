import { BackupError, count, MIB } from "../../base/index.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export interface JsonLimits {
  /** What the text is, for messages: `tree 3f2a91c0…`. */
  readonly subject: string;
  readonly maxBytes: number;
}

/** V8 makes no longer strings than this. */
const MAX_TEXT_BYTES: number = 511 * MIB;

/**
 * Numbers that may be no exact double: long ones, and those with a fraction, an exponent or a sign. It must not match in a time, or
 * every tree would be read the slow way; other matches inside strings only cost time.
 */
const INEXACT = /(?:"\s*:|[,[])\s*(?:-|\d{16}|\d+[.eE])/;

/**
 * Parses one JSON object. A number whose text is not what a double would print is kept as that text (`JSON.rawJSON`), and
 * `encodeGoJson` writes it again.
 * @throws BackupError `limit-exceeded` over `maxBytes`; `data-corrupt` when it is no JSON object
 */
export function parseExactJson(bytes: Uint8Array, limits: JsonLimits): JsonObject {
  const { subject } = limits;
  const maxBytes = Math.min(limits.maxBytes, MAX_TEXT_BYTES);
  if (bytes.length > maxBytes) {
    const found = `has ${count(bytes.length, "byte")}, more than ${count(maxBytes, "byte")}`;
    throw new BackupError("limit-exceeded", `${subject}: ${found}`);
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const value = parse(text, subject);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw damaged(subject, "is no JSON object");
  }
  return value as JsonObject;
}

function parse(text: string, subject: string): unknown {
  try {
    return INEXACT.test(text) ? JSON.parse(text, keepExact as Reviver) : JSON.parse(text);
  } catch (cause) {
    // SyntaxError; RangeError when it is nested beyond the stack.
    throw damaged(subject, "is not JSON", cause);
  }
}

type Reviver = (this: unknown, key: string, value: unknown) => unknown;

function keepExact(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined) return value;
  return String(value) === context.source && (!Number.isInteger(value) || isSafe(value))
    ? value
    : (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(context.source);
}

function isSafe(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function damaged(subject: string, what: string, cause?: unknown): BackupError {
  return new BackupError("data-corrupt", `${subject}: ${what}`, { cause });
}
