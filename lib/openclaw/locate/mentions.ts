import { escapeText } from "../../base/index.ts";
import { compareBytes, isSameOrInside, type Path } from "../../filesystem/index.ts";
import type { ConfigObject } from "../config/index.ts";
import type { CronJob } from "./global-database.ts";
import { mayExist, resolved } from "./paths.ts";
import { expandHome } from "./settings.ts";

/** A path that something refers to, and where. */
export interface Mention {
  readonly path: Path;
  readonly mentionedIn: string;
}

const MAX_TEXTS = 20_000;
const MAX_MENTIONS = 200;
/** What the operating system or a package manager brings back. */
const SYSTEM = [
  "/bin",
  "/sbin",
  "/usr",
  "/lib",
  "/lib32",
  "/lib64",
  "/proc",
  "/sys",
  "/dev",
  "/run",
];

/** Texts of a config that are one absolute path, with the keys that lead to them. */
export function pathsInConfig(config: ConfigObject, home: Path): readonly Mention[] {
  return textsBelow(config)
    .filter(({ text }) => /^(\/|~(\/|$))/.test(text.trim()))
    .map(({ text, key }) => ({ path: expandHome(text, home), mentionedIn: escapeText(key) }));
}

interface KeyedText {
  readonly text: string;
  readonly key: string;
}

function textsBelow(config: ConfigObject): readonly KeyedText[] {
  const texts: KeyedText[] = [];
  const visit = (value: unknown, key: string): void => {
    if (texts.length >= MAX_TEXTS) return;
    if (typeof value === "string") texts.push({ text: value, key });
    for (const [step, below] of childrenOf(value)) visit(below, key + step);
  };
  visit(config, "");
  return texts.map(({ text, key }) => ({ text, key: key.replace(/^\./, "") }));
}

/** Children with the step to them, as a path of keys is written: `.key`, `[0]`. */
function childrenOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.map((item, index) => [`[${index}]`, item] as const);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([key, item]) => [`.${key}`, item] as const);
}

/** Words of cron commands and prompts that look like an absolute path. */
export function pathsInCron(jobs: readonly CronJob[], home: Path): readonly Mention[] {
  return jobs.flatMap(({ name, texts }) =>
    texts
      .flatMap(
        (text) => text.slice(0, 10_000).match(/(?<![\w.~/:-])~?\/[^\s"'`;|&<>()$*?]+/g) ?? [],
      )
      .map((word) => ({
        path: expandHome(word.replace(/[,.:]+$/, ""), home),
        mentionedIn: `cron job ${escapeText(name)}`,
      })),
  );
}

/** Those mentions that exist, lie under none of `covered`, and are not the system's own; each path once, sorted. */
export function uncoveredMentions(
  mentions: readonly Mention[],
  covered: readonly Path[],
): readonly Mention[] {
  const byPath = new Map<Path, Mention>();
  const isKnown = (path: Path): boolean =>
    path === "/" || [...SYSTEM, ...covered].some((root) => isSameOrInside(path, root));
  for (const mention of mentions) {
    if (byPath.size >= MAX_MENTIONS) break;
    const { path } = mention;
    if (byPath.has(path) || isKnown(path) || !mayExist(path)) continue;
    if (!isKnown(resolved(path))) byPath.set(path, mention);
  }
  return [...byPath.values()].toSorted((a, b) => compareBytes(a.path, b.path));
}
