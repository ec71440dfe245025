/**
 * Finds an installation as OpenClaw itself would: relocation settings, config with includes and placeholders, agents, workspaces,
 * and what lies outside the state directory. Reads only, and treats everything it reads as possibly broken.
 *
 * @module
 */
export { globalDatabasePath } from "./global-database.ts";
export { defaultStateDirOf, locateInstallation } from "./locate.ts";
