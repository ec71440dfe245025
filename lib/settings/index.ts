/**
 * What was configured: the file in the home, the environment and the flags, turned into one validated, frozen {@link Settings}.
 *
 * `readEnvironment` is the only place that touches the process's environment; everything else is handed its copy. `loadSettings`
 * only reads, so that a home that cannot be written stops nothing but what has to write. What changes the home goes
 * through `createHome`, `saveSettings` and the secret store: read, change, check, publish, under a lock.
 * Unknown fields are refused with the nearest known name, never ignored: a misspelt exclusion or password setting would
 * otherwise show on the day of the restore. Secrets lie encrypted in `secrets.json` and leave as `Secret` values.
 *
 * Read first: `types.ts`, then `load.ts`.
 *
 * @module
 */

export { type Environment, readEnvironment } from "./environment.ts";
export {
  type CreatedHome,
  type CreateHomeOptions,
  createHome,
  readSettingsFile,
} from "./home.ts";
export { defaultInstanceName } from "./instance-name.ts";
export {
  JOB_NAMES,
  type JobEntry,
  type JobName,
  type JobsEntry,
  type StoringJobEntry,
} from "./jobs-field.ts";
export {
  type LoadedSettings,
  type LoadSettingsOptions,
  loadSettings,
  type SettingsFlags,
} from "./load.ts";
export {
  type ChannelEntry,
  checkChannelEntry,
  NOTICE_EVENTS,
  type NoticeEventName,
  type NotifyEntry,
} from "./notify-field.ts";
export {
  type PasswordSources,
  type ResolvedPassword,
  resolvePassword,
} from "./password.ts";
export { expandHome } from "./paths.ts";
export type { RetentionEntry, RetentionPoliciesEntry } from "./retention-fields.ts";
export { saveSettings } from "./save.ts";
export { openSecretStore, type SecretStore, storageSecretName } from "./secret-store.ts";
export {
  type DirectoryStorageEntry,
  type S3StorageEntry,
  type SettingsFile,
  type StorageEntry,
  settingsJsonSchema,
} from "./settings-file.ts";
export {
  type AgentRole,
  type BucketAnswers,
  checkSetupAnswers,
  type DirectoryAnswers,
  FREQUENCY_BY_ROLE,
  loadSetupAnswers,
  parseSetupAnswers,
  type SetupAnswers,
  saveSetupAnswers,
  setupAnswersJsonSchema,
} from "./setup-answers.ts";
export { addStorage, getStorageSettings, removeStorage, setDefaultStorage } from "./storages.ts";
export type * from "./types.ts";
