import { type Installation, reportRegenerable } from "../openclaw/index.ts";
import type { CaptureRun } from "./run.ts";
import type { CaptureNote } from "./types.ts";

/** Notes what is known of the installation as a whole before anything is read. */
export async function noteInstallation({ options, ledger }: CaptureRun): Promise<void> {
  for (const note of await installationNotes(options.installation)) ledger.note(note);
}

/**
 * What a reader of a backup should know: how the installation was found, and what lies in directories that can be made again and
 * yet has to be brought back by hand.
 */
export async function installationNotes(
  installation: Installation,
): Promise<readonly CaptureNote[]> {
  const { plugins, checkouts } = await reportRegenerable(installation);
  return [
    ...installation.notes.map((detail) => note(installation.configPath, "config", detail)),
    ...plugins.map(({ name, version, path }) =>
      note(
        path,
        "plugin",
        `${name} ${version}: install it again after a restore, because what npm installed is not captured`,
      ),
    ),
    ...checkouts.map(({ path, detail }) => note(path, "checkout", detail)),
  ];
}

function note(path: string, kind: CaptureNote["note"], detail: string): CaptureNote {
  return { path, note: kind, detail };
}
