/**
 * Jobs that run by themselves: timers that are installed, the record of every run, and the notices that follow from it.
 *
 * @module
 */
export { type AgentTurn, agentTurns } from "./agent-turns.ts";
export {
  findStaleness,
  type HealthFacts,
  type Holdings,
  type JobStatus,
  lastOfEach,
  measureHoldings,
  measureRecovery,
  type Recovery,
} from "./health.ts";
export { limitsOf } from "./health-limits.ts";
export { readInstalledJobs } from "./installed-schedule.ts";
export { wantsMetrics, writeMetrics } from "./metrics-file.ts";
export {
  addChannel,
  type ChannelEntry,
  type Delivery,
  type NewChannel,
  notifyOfRun,
  pingChannels,
  removeChannel,
  testNotices,
  type WaitingNotice,
  waitingNotices,
} from "./notices.ts";
export {
  listRuns,
  openAppRuns,
  type RecordedRun,
  type RunOutcome,
  readRunStats,
  recordRun,
} from "./runs.ts";
export {
  changeSwap,
  installJobs,
  missedJobs,
  planJobRemoval,
  planJobs,
  removeJobs,
  type ScheduleOptions,
  type ScheduleReport,
  shownJobs,
  showSchedule,
  timeOf,
} from "./schedule.ts";
