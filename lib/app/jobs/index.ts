/**
 * What timers call: one job at a time, recorded, and caught up after the machine was off.
 *
 * @module
 */
export { assertJobName, type JobReport, runJob } from "./jobs.ts";
export type { RotationReport } from "./verify-share.ts";
