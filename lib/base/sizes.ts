import { BackupError } from "./errors.ts";

export const KIB = 1024;
export const MIB: number = 1024 * KIB;
export const GIB: number = 1024 * MIB;

const UNITS: Record<string, number> = { k: KIB, m: MIB, g: GIB, t: 1024 * GIB };

/**
 * Reads a size as people write it: `500M`, `1.5 GiB`, `20kb`, `1048576`. Units are powers of 1024, as restic reads them.
 * @throws BackupError `invalid-argument`
 */
export function parseSize(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])i?)?b?\s*$/i.exec(text);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? ""] ?? 1;
  const bytes = Math.round(Number(match?.[1]) * unit);
  if (!Number.isSafeInteger(bytes)) {
    throw new BackupError("invalid-argument", `size ${JSON.stringify(text)} is not understood`, {
      hint: "write a number with K, M, G or T, such as 500M",
    });
  }
  return bytes;
}

/** Writes a size for people in decimal units: `0 B`, `812 B`, `4.1 kB`, `208 MB`, `1.20 GB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = "B";
  for (const next of units) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}
