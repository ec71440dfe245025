import { isBackupError } from "../../base/index.ts";
import { resolvePassword, type StorageSettings } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { findInstallation } from "../installation.ts";
import { readKeyFile } from "../passwords.ts";
import type { Passed } from "./checks.ts";

/**
 * Looks at every setting that a backup would use. A machine without an installation is one that something may be restored to.
 * @throws BackupError for the first setting that a backup would fail by
 */
export async function checkConfiguration(
  { settings, signal, ...app }: AppContext,
  storage: StorageSettings,
): Promise<Passed> {
  if (settings.excludeProblem !== undefined) throw settings.excludeProblem;
  if (storage.type === "s3" && storage.problem !== undefined) throw storage.problem;
  for (const path of settings.recipients) readKeyFile(path);
  await resolvePassword({ environment: settings.environment, signal });
  const found = await describeInstallation({ settings, signal, ...app });
  return { outcome: "ok", detail: `instance ${settings.instance}; ${found}` };
}

async function describeInstallation(app: AppContext): Promise<string> {
  try {
    const { stateDir, configStatus } = await findInstallation(app);
    const broken = configStatus === "ok" ? "" : ` (its config is ${configStatus})`;
    return `OpenClaw's state in ${stateDir}${broken}`;
  } catch (error) {
    if (!isBackupError(error, "installation-not-found")) throw error;
    return "no OpenClaw installation is here to back up";
  }
}
