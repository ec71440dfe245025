import { z } from "zod";
import { isBackupError, parseDuration } from "../base/index.ts";

const duration = z.string().refine(isDuration, "expected a duration such as 2d or 36h");

/** `health` of the settings file: what counts as too old. */
export const healthField: z.ZodType<HealthEntry> = z.strictObject({
  backupWithin: duration.optional(),
  verifiedWithin: duration.optional(),
});

export interface HealthEntry {
  /** The newest backup is younger than this. @default 2d */
  readonly backupWithin?: string | undefined;
  /** The newest verified backup is younger than this. @default 9d */
  readonly verifiedWithin?: string | undefined;
}

export const HEALTH_FIELDS: readonly string[] = ["backupWithin", "verifiedWithin"];

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) > 0;
  } catch (error) {
    if (isBackupError(error)) return false;
    throw error;
  }
}
