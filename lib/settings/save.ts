import { BackupError, quote } from "../base/index.ts";
import { publishFile } from "../filesystem/index.ts";
import { readSettingsFile, writingHome } from "./home.ts";
import { lockHomeFile } from "./home-lock.ts";
import { pathsOfHome } from "./paths.ts";
import { formatSettingsFile, type SettingsFile } from "./settings-file.ts";

/**
 * Changes the settings file of a home: reads it, applies `change`, checks the outcome, publishes it whole with mode 0600.
 * A lock lets one change happen at a time, so that two commands at once lose nothing.
 *
 * @param change - Gives the new contents; it may throw, and then nothing is written.
 * @returns What is in the file now.
 * @throws BackupError `not-configured` when there is no home yet; `invalid-settings`, `home-unusable`, `job-running`
 */
export async function saveSettings(
  home: string,
  change: (file: SettingsFile) => SettingsFile,
): Promise<SettingsFile> {
  const { settings: path, settingsLock } = pathsOfHome(home);
  if (readSettingsFile(home) === undefined) throw isNotConfigured(home);
  return await writingHome(home, async () => {
    await using _lock = await lockHomeFile(settingsLock);
    const before = readSettingsFile(home);
    if (before === undefined) throw isNotConfigured(home);
    const after = change(before);
    await publishFile(path, formatSettingsFile(after, path), { mode: 0o600, replace: true });
    return after;
  });
}

function isNotConfigured(home: string): BackupError {
  return new BackupError("not-configured", `home ${quote(home)} has no settings file`, {
    details: { home },
    hint: "make one with: clawback init",
  });
}
