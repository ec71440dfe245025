/**
 * Says of any path of an installation what it is: its class, and whether it can be made again and so stays out of backups.
 *
 * Rules look at where a path lies, not at what it is called: the traps are old installations whose only transcripts are
 * `sessions/**` files, workspaces whose files have `.tmp.` in their names, and workspaces that lie in a directory which would
 * otherwise be left out.
 *
 * @module
 */
import { posix } from "node:path";
import type { Installation } from "../types.ts";
import { type Checkout, findCheckouts } from "./checkouts.ts";
import { type MissingPlugin, npmPlugins, pluginsWithDependencies } from "./plugins.ts";

export { classify } from "./classify.ts";
export { databaseCleanup, type RequiredSchema, requiredSchema } from "./databases.ts";
export { regenerableRule, UPDATE_CAPTURE_MARKER } from "./regenerable.ts";
export type { Checkout, MissingPlugin };

/** What lies in the regenerable directories that a person must bring back by hand after a restore. */
export interface RegenerableReport {
  /** Plugins to install again: none of their code, or none of their dependencies, is in a backup. */
  readonly plugins: readonly MissingPlugin[];
  /** Git checkouts below `git/` and `dev/`; not captured, and may hold work of the user's own. */
  readonly checkouts: readonly Checkout[];
}

/** Reads what {@link regenerableRule} leaves out and a reader of the backup's report must know. Never fails. */
export function reportRegenerable(installation: Installation): RegenerableReport {
  const { stateDir } = installation;
  return {
    plugins: [...npmPlugins(installation), ...pluginsWithDependencies(installation)],
    checkouts: ["git", "dev"].flatMap((name) => findCheckouts(posix.join(stateDir, name))),
  };
}
