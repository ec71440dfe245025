import { type BackupError, toBackupError } from "../../base/index.ts";
import { resolvePassword } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";

/**
 * The same application with the configured password, for those that report on everything: a password that cannot be had must not keep the
 * rest from being told.
 * @throws BackupError `cancelled`
 */
export async function withConfiguredPassword(
  app: AppContext,
): Promise<{ readonly app: AppContext; readonly problem?: BackupError | undefined }> {
  const { settings, signal } = app;
  if (settings.password !== undefined) return { app };
  try {
    const { password } = await resolvePassword({ environment: settings.environment, signal });
    return { app: { ...app, settings: { ...settings, password } } };
  } catch (error) {
    const problem = toBackupError(error);
    if (problem.code === "cancelled") throw problem;
    return { app, problem };
  }
}
