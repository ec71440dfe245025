/** Results as text for a reader, one file each; pure. @module */
export { formatPlan } from "./capture-plan.ts";
export { formatPlannedCost } from "./cost.ts";
export { type DescribedStorage, describeStorage } from "./described-storage.ts";
export { formatDoctor } from "./doctor.ts";
export { formatMetrics } from "./metrics.ts";
export { formatNotes, formatOmissions } from "./omissions.ts";
export { formatRestorePlan } from "./restore-plan.ts";
export { formatRemovals, formatReview } from "./retention.ts";
export { formatRollbackPlan, isNothing } from "./rollback-plan.ts";
export { formatSchedulePlan } from "./schedule-plan.ts";
export {
  formatSetupCheck,
  formatSetupItem,
  formatSetupPlan,
  formatSetupReport,
  formatTeardown,
} from "./setup.ts";
export { formatStatus } from "./status.ts";
export { formatTest } from "./test.ts";
