import { z } from "zod";
import { isBackupError, parseDuration } from "../base/index.ts";
import { isFixedPath } from "./paths.ts";

const duration = z.string().refine(isDuration, "expected a duration such as 2d or 36h");

/** `health` of the settings file: what counts as too old. */
export const healthField: z.ZodType<HealthEntry> = z.strictObject({
  backupWithin: duration.optional(),
  verifiedWithin: duration.optional(),
  metricsDirectory: z
    .string()
    .max(4096)
    .refine(isFixedPath, "expected an absolute path, or one below ~/")
    .optional(),
});

export interface HealthEntry {
  /** The newest backup is younger than this. @default 2d */
  readonly backupWithin?: string | undefined;
  /** The newest verified backup is younger than this. @default 9d */
  readonly verifiedWithin?: string | undefined;
  /** Where each run leaves metrics for the textfile collector of Prometheus' node exporter. @default nowhere */
  readonly metricsDirectory?: string | undefined;
}

export const HEALTH_FIELDS: readonly string[] = [
  "backupWithin",
  "verifiedWithin",
  "metricsDirectory",
];

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) > 0;
  } catch (error) {
    if (isBackupError(error)) return false;
    throw error;
  }
}
