import { BackupError } from "../base/index.ts";
import type { OpenClawProgram } from "./types.ts";

/** The `openclaw` on PATH, as far as its package tells; undefined when there is none. Starts nothing. */
export function readOpenClawProgram(
  _environment: Readonly<Record<string, string | undefined>>,
): Promise<OpenClawProgram | undefined> {
  throw new BackupError("internal", "being written");
}
