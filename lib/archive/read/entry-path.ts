import { BackupError, bytesOfText, quote } from "../../base/index.ts";
import type { ArchiveLimits } from "../types.ts";

/**
 * Splits a name from a tar into its segments, once it is sure to lead nowhere but down: relative, without `..` or NUL, within the limits. Empty segments
 * are passed over, as every tar reader does; `.` only where `allowDots`.
 * @throws BackupError `path-outside-target`, `data-corrupt`, `limit-exceeded`
 */
export function splitEntryPath(
  name: string,
  limits: ArchiveLimits,
  { allowDots = false }: { readonly allowDots?: boolean } = {},
): readonly string[] {
  if (name.length > limits.maxPathBytes || bytesOfText(name).length > limits.maxPathBytes) {
    throw new BackupError(
      "limit-exceeded",
      `archive: a name is longer than ${limits.maxPathBytes} bytes`,
    );
  }
  const segments = name.split("/").filter((segment) => segment !== "");
  const kept = allowDots ? segments.filter((segment) => segment !== ".") : segments;
  if (segments.length > limits.maxDepth) {
    throw new BackupError(
      "limit-exceeded",
      `archive: ${quote(name)} is deeper than ${limits.maxDepth}`,
    );
  }
  if (name.startsWith("/") || kept.some((segment) => segment === "." || segment === "..")) {
    throw new BackupError(
      "path-outside-target",
      `archive: ${quote(name)} leads out of the archive`,
    );
  }
  if (name.includes("\0") || segments.length === 0) {
    throw new BackupError("data-corrupt", `archive: ${quote(name)} is no name`);
  }
  return kept;
}
