import { BackupError, parseSize, quote } from "../../base/index.ts";

/** How much unused data may stay: a share of what is stored afterwards, or so many bytes. */
export type MaxUnused =
  | { readonly type: "percent"; readonly percent: number }
  | { readonly type: "bytes"; readonly bytes: number }
  | { readonly type: "unlimited" };

/** Restic's: rewriting more costs more than it gives back. */
export const DEFAULT_MAX_UNUSED: MaxUnused = { type: "percent", percent: 5 };

/**
 * Reads what restic takes for `--max-unused`: `5%`, `500M`, `unlimited`.
 * @throws BackupError `invalid-argument`
 */
export function parseMaxUnused(text: string): MaxUnused {
  if (text === "unlimited") return { type: "unlimited" };
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (match === null) return { type: "bytes", bytes: parseSize(text) };
  const percent = Number(match[1]);
  if (percent < 100) return { type: "percent", percent };
  throw new BackupError("invalid-argument", `${quote(text)} is no share of what is stored`, {
    hint: "write a percentage below 100%, a size such as 500M, or unlimited",
  });
}

/** What may stay unused beside so many used bytes. */
export function maxUnusedBytes(maxUnused: MaxUnused, usedBytes: number): number {
  switch (maxUnused.type) {
    case "unlimited":
      return Number.POSITIVE_INFINITY;
    case "bytes":
      return maxUnused.bytes;
    case "percent":
      return (usedBytes * maxUnused.percent) / (100 - maxUnused.percent);
  }
}
