import { RECOVERY_KIT } from "../../../templates/recovery-kit.ts";

/** A text to read, or a command line to type as it stands. */
export type KitLine = { readonly text: string } | { readonly command: string };

/** The kit as data; a page is a way to show it. */
export interface KitPage {
  readonly title: string;
  readonly intro: readonly string[];
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly sections: readonly { readonly title: string; readonly lines: readonly KitLine[] }[];
}

/** What the template's names stand for. A flag is an empty text where it holds. */
export type KitValues = Readonly<Record<string, string | undefined>>;

type SectionName = "prepare" | "clawback" | "snapshots" | "archives" | "loss" | "receipt";
const SECTIONS: readonly SectionName[] = [
  ...(["prepare", "clawback", "snapshots", "archives", "loss", "receipt"] as const),
];
/** Values that are command lines already. */
const READY: ReadonlySet<string> = new Set(["addStorage", "kmsEndpoint", "s3Endpoint"]);

/** Fills the template; sections without a command or sentence left are left out. */
export function composePage(values: KitValues, facts: KitPage["facts"]): KitPage {
  const sections = SECTIONS.map((name) => {
    const { title, lines } = RECOVERY_KIT[name];
    return { title, lines: lines.flatMap((line) => composeLine(line, values) ?? []) };
  });
  return {
    title: fill(RECOVERY_KIT.title, values) ?? "",
    intro: RECOVERY_KIT.intro.map((line) => fill(line, values) ?? line),
    facts,
    sections: sections.filter(({ lines }) => lines.length > 0),
  };
}

function composeLine(line: string, values: KitValues): KitLine | undefined {
  const isCommand = /^(\{\{\w+\}\})?\$ /.test(line);
  const text = fill(line, values, isCommand ? shellQuoted : undefined);
  if (text === undefined) return undefined;
  return isCommand ? { command: text.slice(2) } : { text };
}

function fill(
  line: string,
  values: KitValues,
  quoted: (value: string) => string = (value) => value,
): string | undefined {
  let isWhole = true;
  const text = line.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) isWhole = false;
    if (value === undefined || value === "" || READY.has(name)) return value ?? "";
    return quoted(value);
  });
  return isWhole ? text : undefined;
}

/** For a command line of any POSIX shell. */
export function shellQuoted(text: string): string {
  return /^[\w/.@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const WIDTH = 78;

/** For paper and terminals; commands stand in lines of their own, four columns in. */
export function pageAsText({ title, intro, facts, sections }: KitPage): string {
  const labels = Math.max(...facts.map(([label]) => label.length));
  const lines = [
    title.toUpperCase(),
    "=".repeat(title.length),
    ...intro.flatMap(wrapped),
    "",
    ...facts.map(([label, value]) => `${label.padEnd(labels)}  ${value}`),
  ];
  for (const section of sections) {
    lines.push("", section.title, "-".repeat(section.title.length));
    for (const line of section.lines) {
      lines.push(...("command" in line ? [`    ${line.command}`] : wrapped(line.text)));
    }
  }
  return `${lines.join("\n")}\n`;
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** For printing; nothing in it is fetched from anywhere. */
export function pageAsHtml({ title, intro, facts, sections }: KitPage): string {
  const paragraphs = intro.map((text) => `<p>${escaped(text)}</p>`);
  const list = facts.map(
    ([label, value]) => `<dt>${escaped(label)}</dt><dd>${escaped(value)}</dd>`,
  );
  const bodies = sections.map((section) => {
    const lines = section.lines.map((line) =>
      "command" in line ? `<pre>${escaped(line.command)}</pre>` : `<p>${escaped(line.text)}</p>`,
    );
    return `<section>\n<h2>${escaped(section.title)}</h2>\n${lines.join("\n")}\n</section>`;
  });
  const body = [...paragraphs, `<dl>\n${list.join("\n")}\n</dl>`, ...bodies].join("\n");
  const values: Record<string, string> = { title: escaped(title), body };
  return RECOVERY_KIT.html.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "");
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ "&": "&amp;", "<": "&lt;", ">": "&gt;" },
  ...{ '"': "&quot;", "'": "&#39;" },
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
