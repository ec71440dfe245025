import { BackupError, quote } from "../../base/index.ts";

/** One word of any POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** An instruction of a container file as a JSON array, which no shell reads. */
export function jsonWords(words: readonly string[]): string {
  return JSON.stringify(words);
}

/**
 * Holds a value to one printable line: what has more is no name, and would make lines of its own.
 * @throws BackupError `invalid-argument`
 */
export function assertOneLine(text: string, what: string): void {
  if (text !== "" && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return;
  throw new BackupError(
    "invalid-argument",
    `${what} ${quote(text)} is empty or more than one line`,
    {
      hint: "give one line without control characters",
    },
  );
}

/**
 * Fills a template; the values are quoted for their place. A line that is empty then is left out where `dropsEmpty`.
 * @throws BackupError `internal` for a name without a value
 */
export function fillText(
  template: string,
  values: Readonly<Record<string, string>>,
  { dropsEmpty = false }: { readonly dropsEmpty?: boolean } = {},
): string {
  const filled = template.split("\n").flatMap((line) => {
    const text = line.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => filledIn(values, name));
    return dropsEmpty && text === "" && line !== "" ? [] : [text];
  });
  return filled.join("\n");
}

function filledIn(values: Readonly<Record<string, string>>, name: string): string {
  const value = values[name];
  if (value !== undefined) return value;
  throw new BackupError("internal", `the template's ${quote(name)} has no value`);
}
