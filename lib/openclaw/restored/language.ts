/** What people call the line that names their language, in the languages that have their own word for it. */
const LABEL =
  /^[\s>*_#-]*(?:(?:preferred|primary|main|native|my)\s+)?(?:languages?|sprache|muttersprache|langue|idioma|lingua|taal|język|язык|мова|dil|语言|語言|言語|언어|اللغة|שפה)[\s*_]*[:：=][\s*_]*(.+?)[\s*_]*$/iu;
/** A directive, as OpenClaw's own template has them: "Always answer in German." */
const DIRECTIVE =
  /\b(?:answer|reply|respond|write|speak|talk|communicate|report)\b[^.\n]{0,40}?\bin\s+(\p{L}{2,}(?:\s\([^)\n]{1,30}\))?)/iu;
const MAX_LENGTH = 40;

/**
 * The language that a USER.md names, as it is written there; undefined when it names none. Only ever shown to the agent,
 * so one plain line of moderate length.
 */
export function languageOf(userText: string): string | undefined {
  const lines = userText.slice(0, 100_000).split(/\r?\n/);
  const named = first(lines, (line) => LABEL.exec(line)?.[1]) ?? first(lines, directed);
  const language = named?.replaceAll(/[^\p{L}\p{M}\p{N} ,()/+.-]/gu, "").trim();
  return language === undefined || language === "" || language.length > MAX_LENGTH
    ? undefined
    : language;
}

/** Languages are written with a capital: "in German", but "in detail". */
function directed(line: string): string | undefined {
  const language = DIRECTIVE.exec(line)?.[1];
  return language !== undefined && /^\p{Lu}/u.test(language) ? language : undefined;
}

function first(
  lines: readonly string[],
  find: (line: string) => string | undefined,
): string | undefined {
  for (const line of lines) {
    const found = line.length > 400 ? undefined : find(line);
    if (found !== undefined) return found;
  }
  return undefined;
}
