/**
 * Composes the modules into the operations that every face calls: the command line today, a server and a plugin later.
 *
 * `openApp` turns an environment and flags into an {@link AppContext}; every operation takes one first. A file here is one operation
 * or a few that belong together; none prints, asks or exits, and all of them take their time, signal and progress from the context.
 * Decisions live in the modules below: what is here only connects them.
 *
 * @module
 */
export type { BackupReport, SnapshotBackupReport } from "../backup/index.ts";
export type { CapturePlan } from "../capture/index.ts";
export type { Backup, BackupKind, BackupList } from "../catalog/index.ts";
export type {
  PlanItem as SetupItem,
  Protection,
  TeardownPlan as SetupTeardown,
} from "../provision/index.ts";
export { LEVEL_SENTENCES as SETUP_LEVELS } from "../provision/index.ts";
export type {
  CheckReport,
  PrunePlan,
  PruneReport,
  RepairIndexReport,
  RepairSnapshotsReport,
} from "../repository/index.ts";
export { parseDataSubset, parseMaxUnused } from "../repository/index.ts";
export type {
  PreRestore,
  RestorePlan,
  RestoreReport,
  RollbackPlan,
  RollbackReport,
  UndoReport,
} from "../restore/index.ts";
export type { RetentionPolicy } from "../retention/index.ts";
export { RETENTION_PRESETS } from "../retention/index.ts";
export type { JobStats, Run, RunFilter, RunResult } from "../runs/index.ts";
export type { ScheduleKind, SchedulePlan, ScheduleScope, SwapPlan } from "../schedule/index.ts";
export { planSwap } from "../schedule/index.ts";
export type { JobName, SetupAnswers, StorageSettings } from "../settings/index.ts";
export { FREQUENCY_BY_ROLE as SETUP_FREQUENCIES } from "../settings/index.ts";
export type { DoctorFinding, ProbeStep, VerifyReport } from "../verify/index.ts";
export { type SelectedBackup, type SelectOptions, selectBackup } from "./catalog.ts";
export { applyCleanup, type CleanupPlan, type CleanupReport, planCleanup } from "./cleanup.ts";
export { type AppContext, type OpenAppOptions, openApp } from "./context.ts";
export {
  estimatePlanned,
  type KindCost,
  type MonthlyCost,
  type PlannedCost,
  type StorageCost,
} from "./cost/index.ts";
export { type CreateOptions, createBackup, planBackup } from "./create.ts";
export { type DemoReport, runDemo } from "./demo.ts";
export { type DoctorReport, examine } from "./doctor/index.ts";
export type { RotationReport } from "./jobs/index.ts";
export { assertJobName, type JobReport, runJob } from "./jobs/index.ts";
export {
  MACHINE_FORMATS,
  type MachineFormat,
  type MachineTextOptions,
  printMachineText,
} from "./machine-texts/index.ts";
export { deleteBackup, holdBackup, releaseBackup } from "./marks.ts";
export {
  type ArchiveFacts,
  type ArchiveListing,
  catFile,
  type DatabaseDifference,
  type DiffEntry,
  type DiffReport,
  diffSnapshots,
  type HistoryReport,
  type ListOptions,
  listBackups,
  readHistory,
  showBackup,
} from "./reading/index.ts";
export {
  addRecipient,
  findRecipient,
  listRecipients,
  type Recipient,
  removeRecipient,
} from "./recipients.ts";
export {
  confirmKit,
  exportKit,
  type KitOptions,
  type KitReceipt,
  type KitReport,
} from "./recovery-kit/index.ts";
export {
  addPassword,
  changePassword,
  checkInstanceRepository,
  listPasswords,
  planInstancePrune,
  pruneInstanceRepository,
  type RepositoryPassword,
  removePassword,
  repairInstanceIndex,
  repairInstanceSnapshots,
  type UnwrapReport,
  unwrapRepositoryPassword,
  type WrapOptions,
  type WrapReport,
  wrapRepositoryPassword,
} from "./repositories/index.ts";
export {
  findUndo,
  type PlannedRestore,
  prepareRestore,
  type RestoreOptions,
  undoLastRestore,
} from "./restore.ts";
export {
  type ApplyRetentionOptions,
  applyInstanceRetention,
  type PrunedRepository,
  planInstanceRetention,
  type RetentionChoice,
  type RetentionFailure,
  type RetentionReport,
  type RetentionReview,
} from "./retention/index.ts";
export {
  BEFORE_ROLLBACK_TAG,
  type PlannedRollback,
  prepareRollback,
  prepareRollbackUndo,
  type RollbackOptions,
} from "./rollback.ts";
export {
  type AgentTurn,
  addChannel,
  agentTurns,
  type ChannelEntry,
  changeSwap,
  type Delivery,
  installJobs,
  listRuns,
  missedJobs,
  type NewChannel,
  planJobRemoval,
  planJobs,
  type RecordedRun,
  readRunStats,
  removeChannel,
  removeJobs,
  type ScheduleOptions,
  type ScheduleReport,
  showSchedule,
  testNotices,
  type WaitingNotice,
  waitingNotices,
  wantsMetrics,
  writeMetrics,
} from "./schedule/index.ts";
export {
  type AddedStorage,
  addStorageToSettings,
  type InitReport,
  initHome,
  makeDefaultStorage,
  type NewStorage,
  readSecretFile,
  removeStorageFromSettings,
  type StoragePresetFacts,
  storagePresets,
} from "./settings.ts";
export {
  assertSetupPossible,
  checkAnswers,
  checkSetup,
  describeInstallation,
  type FirstBackup,
  findSetupCaller,
  type InstallationFacts,
  isInstanceName,
  loadAnswers,
  type PlannedSetup,
  type PlannedTeardown,
  type PrintedSetup,
  type PrintFormat,
  prepareSetup,
  prepareTeardown,
  printSetup,
  resolveSetup,
  type SetupCaller,
  type SetupCheck,
  type SetupPlan,
  type SetupReport,
} from "./setup/index.ts";
export {
  applySnapshotCleanup,
  createSnapshotBackup,
  planSnapshot,
  planSnapshotCleanup,
  readSnapshotStatus,
  type SnapshotCleanupPlan,
  type SnapshotCleanupReport,
  type SnapshotOptions,
  type SnapshotStatus,
} from "./snapshots/index.ts";
export { readStatus, type StatusReport, type StorageStatus } from "./status.ts";
export { type TestReport, testStorage } from "./test/index.ts";
export type { ExportReport } from "./transfer/index.ts";
export {
  exportBackup,
  type ImportOptions,
  importArchive,
  type SyncReport,
  type SyncReports,
  syncBackup,
  syncBackups,
} from "./transfer/index.ts";
export {
  applyUndeletion,
  type DeletedBackup,
  listDeletedBackups,
  planUndeletion,
  type UndeleteOptions,
  type UndeletePlan,
  type UndeleteReport,
} from "./undelete.ts";
export { verifyBackup } from "./verify.ts";
