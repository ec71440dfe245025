import type { Backup } from "../app/index.ts";
import { count, formatDuration, formatSize } from "../base/index.ts";

/** `2026-11-21 03:00:05` in this machine's time zone. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** An id as people read and type it: eight digits of a snapshot's. */
export function shownId({ id, kind }: Pick<Backup, "id" | "kind">): string {
  return kind === "snapshot" ? id.slice(0, 8) : id;
}

/** The ids of a run's record, which does not say their kinds. */
export function shownIds(ids: string): string {
  return ids
    .split(" ")
    .map((id) => shownId({ id, kind: id.includes("Z-") ? "archive" : "snapshot" }))
    .join(" ");
}

/** `3 h 10 min ago`. */
export function formatAge(iso: string, now: Date): string {
  return `${formatDuration(Math.max(0, now.getTime() - new Date(iso).getTime()))} ago`;
}

/** `22,051 files, 540 MB`. */
export function formatTally(tally: { readonly files: number; readonly bytes: number }): string {
  return `${count(tally.files, "file")}, ${formatSize(tally.bytes)}`;
}

/** `rwxr-x---` of the lower nine bits. */
export function formatMode(mode: number): string {
  return [6, 3, 0]
    .map((shift) => {
      const bits = (mode >> shift) & 7;
      return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 1 ? "x" : "-"}`;
    })
    .join("");
}

/** A label and its text, broken between words where the terminal ends; every further line begins below the text's first. */
export function hang(label: string, text: string, width: number): string {
  const lines = breakLines(text, width - LABEL_COLUMNS);
  return `${label.padEnd(LABEL_COLUMNS)}${lines.join(`\n${" ".repeat(LABEL_COLUMNS)}`)}`;
}

/** A text in lines of fewer columns than `width`, broken between words. */
export function breakLines(text: string, width: number): string[] {
  const room = Math.max(30, width - 1);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= room) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

const LABEL_COLUMNS = 10;

/** The first `limit` lines, then how many more there are. */
export function limitLines(lines: readonly string[], limit: number, more: string): string[] {
  if (lines.length <= limit) return [...lines];
  return [
    ...lines.slice(0, limit),
    `${more.replace("%d", (lines.length - limit).toLocaleString("en-US"))}`,
  ];
}
