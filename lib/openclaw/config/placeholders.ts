import { safeEntries } from "./merge.ts";
import { isConfigObject } from "./parse.ts";
import type { ConfigObject, ConfigValue } from "./types.ts";

/** `$${NAME}` is an escape for `${NAME}`; names are upper case, as OpenClaw has it. */
const PLACEHOLDER = /\$(\$?)\{([A-Z_][A-Z0-9_]*)\}/g;

export type Variables = Readonly<Record<string, string | undefined>>;

/** Replaces `${NAME}` in every text of a config; a name without a value stays as it is. */
export function substitute(value: ConfigValue, variables: Variables): ConfigValue {
  if (typeof value === "string") return substituteText(value, variables);
  if (Array.isArray(value)) return value.map((item) => substitute(item, variables));
  if (!isConfigObject(value)) return value;
  return substituteObject(value, variables);
}

/** {@link substitute} for a whole config. */
export function substituteObject(object: ConfigObject, variables: Variables): ConfigObject {
  const result: Record<string, ConfigValue> = {};
  for (const [key, value] of safeEntries(object)) result[key] = substitute(value, variables);
  return result;
}

function substituteText(text: string, variables: Variables): string {
  return text.replaceAll(PLACEHOLDER, (whole, dollar: string, name: string) => {
    if (dollar !== "") return `\${${name}}`;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return value === undefined || value === "" ? whole : value;
  });
}

/** The names of the variables that a text refers to. */
export function placeholdersIn(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, dollar, name]) =>
    dollar === "" && name !== undefined ? [name] : [],
  );
}
