import { type Installation, type LocateOptions, locateInstallation } from "../openclaw/index.ts";
import type { AppContext } from "./context.ts";

export interface InstallationOptions {
  /** Replaces the configured workspaces. */
  readonly workspaces?: readonly string[] | undefined;
  /** Added to the configured extra paths. */
  readonly add?: readonly string[] | undefined;
}

/** Where this app's installation is looked for: flags and settings first, then OpenClaw's own rules. */
export function locateOptions(app: AppContext, options: InstallationOptions = {}): LocateOptions {
  const { installation, environment, userHome } = app.settings;
  return {
    stateDir: installation.stateDir,
    profile: installation.profile,
    environment,
    userHome,
    extraPaths: [...installation.extraPaths, ...(options.add ?? [])],
    workspaces: options.workspaces,
  };
}

/** @throws BackupError `installation-not-found` */
export async function findInstallation(
  app: AppContext,
  options: InstallationOptions = {},
): Promise<Installation> {
  return await locateInstallation(locateOptions(app, options));
}
