import type { Path, PrivateDirectory } from "./types.ts";

export async function createPrivateDirectory(
  parent: Path,
  label: string,
): Promise<PrivateDirectory> {
  throw new Error(parent + label);
}

/** Removes what processes that are gone left behind; gives the removed paths. */
export function sweepPrivateDirectories(parent: Path): readonly Path[] {
  throw new Error(parent);
}
