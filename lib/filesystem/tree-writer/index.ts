import type { Path, TreeLimits, TreeWriter } from "../types.ts";

export interface TreeWriterOptions {
  readonly limits: TreeLimits;
  /** Given to everything written; only root may. @default the process's own */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function createTreeWriter(
  root: Path,
  options: TreeWriterOptions,
): Promise<TreeWriter> {
  throw new Error(`${root} ${options}`);
}
