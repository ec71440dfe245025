import { isConfigObject, valueAt } from "./parse.ts";
import { placeholdersIn, type Variables } from "./placeholders.ts";
import type { ConfigObject } from "./types.ts";

/**
 * The variables that a config's placeholders see: the environment, then the state directory's `.env`, then the config's own `env`;
 * the first that has a name wins.
 */
export function configVariables(
  environment: Variables,
  dotEnv: string | undefined,
  config: ConfigObject,
): Variables {
  return {
    ...ownVariables(valueAt(config, ["env"])),
    ...ownVariables(valueAt(config, ["env", "vars"])),
    ...parseDotEnv(dotEnv ?? ""),
    ...Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)),
  };
}

function ownVariables(value: unknown): Record<string, string> {
  if (!isConfigObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === "string" && placeholdersIn(entry[1]).length === 0,
    ),
  );
}

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/;

/** The variables of a `.env` file: a line each, quotes and comments as usual, values over several lines not understood. */
export function parseDotEnv(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name, raw = ""] = LINE.exec(line) ?? [];
    if (name !== undefined && name !== "__proto__") variables[name] = unquote(raw);
  }
  return variables;
}

function unquote(raw: string): string {
  const quoted = /^(["'`])(.*?)\1(?:\s+#.*)?$/.exec(raw);
  if (quoted === null) return raw.replace(/(^|\s+)#.*$/, "").trim();
  const [, mark, inside = ""] = quoted;
  return mark === '"' ? inside.replaceAll("\\n", "\n").replaceAll("\\r", "\r") : inside;
}
