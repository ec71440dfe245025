import { BackupError, quote } from "../../base/index.ts";
import { readFileIfExists } from "../../filesystem/index.ts";
import {
  checkSetupAnswers,
  loadSetupAnswers,
  parseSetupAnswers,
  type SetupAnswers,
} from "../../settings/index.ts";
import type { AppContext } from "../context.ts";

const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Reads the answers of a file; without one those that this home was set up with, if it was.
 * @throws BackupError `path-not-found`, `invalid-argument`, `invalid-settings`
 */
export async function loadAnswers(
  app: AppContext,
  source: string | Uint8Array | undefined,
): Promise<SetupAnswers | undefined> {
  if (source === undefined) return loadSetupAnswers(app.settings.home);
  if (typeof source !== "string") {
    return parseSetupAnswers(Buffer.from(source).toString(), "standard input");
  }
  const bytes = readFileIfExists(source, MAX_ANSWER_BYTES);
  if (bytes !== undefined)
    return parseSetupAnswers(Buffer.from(bytes).toString(), `answers ${quote(source)}`);
  throw new BackupError("path-not-found", `answers ${quote(source)} do not exist`);
}

/** @throws BackupError `invalid-argument` that names the wrong field and why */
export function checkAnswers(value: unknown, label: string): SetupAnswers {
  return checkSetupAnswers(value, label);
}
