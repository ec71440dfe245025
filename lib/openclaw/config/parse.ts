import JSON5 from "json5";
import type { ConfigObject, ConfigValue } from "./types.ts";

/** OpenClaw refuses larger includes; a config of this size is no config. */
export const MAX_CONFIG_BYTES: number = 2 * 1024 * 1024;
/** Deeper than any config, and shallow enough for every recursion over one. */
const MAX_DEPTH = 100;

/**
 * Parses the text of a config as OpenClaw does: JSON, or else JSON5.
 * @throws SyntaxError or RangeError when it is neither, or nested or sized beyond reason.
 */
export function parseConfigText(text: string): ConfigValue {
  if (text.length > MAX_CONFIG_BYTES) throw new RangeError("it is larger than 2 MiB");
  const value = parseEither(text);
  assertShallow(value);
  return value;
}

function parseEither(text: string): ConfigValue {
  try {
    return JSON.parse(text);
  } catch {
    return JSON5.parse(text);
  }
}

function assertShallow(value: ConfigValue): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw new RangeError(`it is nested more than ${MAX_DEPTH} levels deep`);
    level = level.flatMap((item) => (isContainer(item) ? Object.values(item) : []));
  }
}

function isContainer(value: ConfigValue): value is ConfigObject | readonly ConfigValue[] {
  return typeof value === "object" && value !== null;
}

/** Whether a value is an object with keys, not an array. */
export function isConfigObject(value: unknown): value is ConfigObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of keys; only own keys count, so a hostile `__proto__` finds nothing. */
export function valueAt(value: unknown, keys: readonly string[]): ConfigValue | undefined {
  let current: unknown = value;
  for (const key of keys) {
    if (!isConfigObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current as ConfigValue | undefined;
}

/** The trimmed text at a path of keys; undefined when there is none, or it is empty. */
export function textAt(value: unknown, keys: readonly string[]): string | undefined {
  const text = valueAt(value, keys);
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined;
}

/** The non-empty texts of a list at a path of keys. */
export function textsAt(value: unknown, keys: readonly string[]): readonly string[] {
  const list = valueAt(value, keys);
  if (!Array.isArray(list)) return [];
  return list.filter((item) => typeof item === "string" && item.trim() !== "");
}
