/**
 * What Clawback knows of OpenClaw: where an installation keeps its things, what each of them is, and what a restore must mind.
 *
 * `locate/` finds an installation as OpenClaw itself would, from `config/`'s reading of its JSON5 with includes and placeholders;
 * a broken config never stops it. `layout/` says of any path to which class it belongs and whether it can be made again: pure, and
 * quick enough to be asked for every file. `gateway/` tells whether a Gateway uses the state directory. `restored/` holds what a
 * restore changes or reports: this host's gateway token, warnings, the report for the agent.
 *
 * Nothing here writes to an installation, and no program is started. Facts about OpenClaw's behaviour were read from, and are
 * tested against, the real program (`test/format/openclaw-*.test.ts`).
 *
 * @module
 */

export type { ConfigReader } from "./config/index.ts";
export { findGateway, gatewayStopCommand } from "./gateway/index.ts";
export {
  type Checkout,
  classify,
  databaseCleanup,
  type MissingPlugin,
  type RegenerableReport,
  type RequiredSchema,
  regenerableRule,
  reportRegenerable,
  requiredSchema,
  UPDATE_CAPTURE_MARKER,
} from "./layout/index.ts";
export { defaultStateDirOf, locateInstallation } from "./locate/index.ts";
export { readOpenClawProgram } from "./program.ts";
export {
  channelsToReconnect,
  type GatewayAuth,
  type InstalledPlugin,
  type KeptGatewayAuth,
  keepGatewayAuth,
  pluginsToReinstall,
  RECOVERY_REPORT_NAME,
  type RecoveryFacts,
  type RecoveryReport,
  type RestoredContents,
  readGatewayAuth,
  recoveryReport,
  restoreWarnings,
  type TextEdit,
} from "./restored/index.ts";
export type * from "./types.ts";
