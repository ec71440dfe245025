/** Setting a machine up: answers to plan, plan to account, settings and a first backup that was verified. */
export { checkAnswers, loadAnswers } from "./answers.ts";
export type { FirstBackup } from "./first-backup.ts";
export {
  PRINT_FORMATS,
  type PrintedSetup,
  type PrintFormat,
  printSetup,
  proposedOnAws,
} from "./print.ts";
export { DEFAULT_KEY_ALIAS, type ResolvedSetup, resolveSetup, serviceOf } from "./resolve.ts";
export type { SetupSchedule } from "./schedule.ts";
export { storageEntry } from "./settings-change.ts";
export {
  assertSetupPossible,
  checkSetup,
  type PlannedSetup,
  prepareSetup,
  type SetupCheck,
  type SetupPlan,
  type SetupReport,
} from "./setup.ts";
export { type PlannedTeardown, prepareTeardown } from "./teardown.ts";
export {
  describeInstallation,
  findSetupCaller,
  type InstallationFacts,
  isInstanceName,
  type SetupCaller,
} from "./wizard-facts.ts";
