import { join } from "node:path";
import { publishFile } from "../../filesystem/index.ts";
import type { AppContext } from "../context.ts";

/** Whether each run leaves metrics for a monitor. */
export function wantsMetrics({ settings }: AppContext): boolean {
  return settings.health.metricsDirectory !== undefined;
}

/**
 * Publishes metrics in the configured directory, whole or not at all.
 * @throws BackupError what keeps the file from being written
 */
export async function writeMetrics(app: AppContext, text: string): Promise<void> {
  const { health, instance } = app.settings;
  if (health.metricsDirectory === undefined) return;
  const path = join(health.metricsDirectory, `clawback-${instance}.prom`);
  // The collector is another user.
  await publishFile(path, text, { mode: 0o644, replace: true });
}
