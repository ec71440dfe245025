import { BackupError, quote } from "../../base/index.ts";
import type { Path } from "../../filesystem/index.ts";
import { isInTree, join, type MappedRoot, mapThrough } from "../layout/index.ts";

/** What a reader asked for: everything, or the parts named by path or class. */
export interface Selection {
  /** Whether something of that class at that path (the backup's own) is asked for. */
  wants(path: Path, entryClass: string | undefined): boolean;
}

export interface SelectionOptions {
  readonly only?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
}

export function isSelective({ only, classes }: SelectionOptions): boolean {
  return only !== undefined || classes !== undefined;
}

/**
 * Reads `only` (absolute, by the backup's paths or by this machine's, or relative to the state directory) and `classes`; what either
 * names is wanted.
 * @throws BackupError `invalid-argument`
 */
export function createSelection(
  { only, classes }: SelectionOptions,
  stateDir: Path,
  roots: readonly MappedRoot[],
): Selection {
  const paths = only?.map((text) => cleanPath(text));
  if (paths === undefined && classes === undefined) return { wants: () => true };
  const isNamed = (path: Path): boolean => {
    const target = mapThrough(roots, path);
    return (paths ?? []).some((wanted) =>
      wanted.startsWith("/")
        ? isInTree(absolute(path), wanted) || (target !== undefined && isInTree(target, wanted))
        : isInTree(path, join(stateDir, wanted)),
    );
  };
  return {
    wants: (path, entryClass) =>
      (entryClass !== undefined && classes?.includes(entryClass) === true) || isNamed(path),
  };
}

/** What another tool stored by its absolute path stands relative to the top of the backup. */
const absolute = (path: Path): Path => (path.startsWith("/") ? path : `/${path}`);

function cleanPath(text: string): string {
  const path = text
    .replaceAll(/\/+/g, "/")
    .replace(/^(\.\/)+/, "")
    .replace(/(?<=.)\/$/, "");
  if (path !== "" && path !== "." && path !== "/" && !path.split("/").includes("..")) return path;
  throw new BackupError("invalid-argument", `path ${quote(text)} names no part of a backup`, {
    hint: "give paths as `clawback show ID --files` lists them, or relative to the state directory",
  });
}
