/**
 * What a restore changes in, or says about, the state it brings back: this host's gateway token stays, people are warned of what
 * will not work by itself, and the agent gets a report to pass on.
 *
 * Everything is computed from texts and copies handed in; nothing is written here.
 *
 * @module
 */
export type { TextEdit } from "./config-edits.ts";
export {
  type GatewayAuth,
  type KeptGatewayAuth,
  keepGatewayAuth,
  readGatewayAuth,
} from "./gateway-auth.ts";
export { type InstalledPlugin, pluginsToReinstall } from "./installed-plugins.ts";
export {
  RECOVERY_REPORT_NAME,
  type RecoveryFacts,
  type RecoveryReport,
  recoveryReport,
} from "./recovery-report.ts";
export { channelsToReconnect, type RestoredContents, restoreWarnings } from "./warnings.ts";
