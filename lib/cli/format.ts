import { count, formatDuration, formatSize } from "../base/index.ts";

/** `2026-11-21 03:00:05` in this machine's time zone. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
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

/** The first `limit` lines, then how many more there are. */
export function limitLines(lines: readonly string[], limit: number, more: string): string[] {
  if (lines.length <= limit) return [...lines];
  return [
    ...lines.slice(0, limit),
    `${more.replace("%d", (lines.length - limit).toLocaleString("en-US"))}`,
  ];
}
