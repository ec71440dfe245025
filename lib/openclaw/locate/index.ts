import { BackupError } from "../../base/index.ts";
import type { Path } from "../../filesystem/index.ts";
import type { Installation, LocateOptions } from "../types.ts";

/**
 * Finds the installation as OpenClaw itself would.
 *
 * @throws BackupError `installation-not-found`, naming the places looked at.
 */
export function locateInstallation(_options: LocateOptions): Promise<Installation> {
  throw new BackupError("internal", "being written");
}

/** The state directory that OpenClaw would use with these settings, whether or not it exists. */
export function defaultStateDirOf(_options: LocateOptions): Promise<Path> {
  throw new BackupError("internal", "being written");
}
