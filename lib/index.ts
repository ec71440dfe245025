/**
 * Clawback as a library: the operations that its command line calls, and what they take and give.
 *
 * ```ts
 * import { createBackup, openApp, readEnvironment } from "clawback";
 *
 * await using app = await openApp({ environment: readEnvironment(), flags: {} });
 * const report = await createBackup(app, { name: "before-update" });
 * ```
 *
 * Every failure is a `BackupError` with a code of the closed table `ERROR_CODES`.
 *
 * @module
 */
export * from "./app/index.ts";
export {
  BackupError,
  ERROR_CODES,
  type ErrorCategory,
  type ErrorCode,
  isBackupError,
  type OnProgress,
  type ProgressEvent,
  Secret,
} from "./base/index.ts";
export { type Environment, readEnvironment } from "./settings/index.ts";
