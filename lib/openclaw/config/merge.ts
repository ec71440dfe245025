import { isConfigObject } from "./parse.ts";
import type { ConfigObject, ConfigValue } from "./types.ts";

const BLOCKED: ReadonlySet<string> = new Set(["__proto__", "prototype", "constructor"]);

/**
 * Merges as OpenClaw merges includes: objects by key, arrays one after the other, otherwise `over` wins.
 * Keys that could reach a prototype are dropped.
 */
export function mergeConfig(base: ConfigValue, over: ConfigValue): ConfigValue {
  if (Array.isArray(base) && Array.isArray(over)) return [...base, ...over];
  if (!isConfigObject(base) || !isConfigObject(over)) return over;
  const merged: Record<string, ConfigValue> = {};
  for (const [key, value] of safeEntries(base)) merged[key] = value;
  for (const [key, value] of safeEntries(over)) {
    const below = merged[key];
    merged[key] = below === undefined ? value : mergeConfig(below, value);
  }
  return merged;
}

/** The own entries of an object without those that could reach a prototype. */
export function safeEntries(object: ConfigObject): [string, ConfigValue][] {
  return Object.entries(object).filter(([key]) => !BLOCKED.has(key));
}
