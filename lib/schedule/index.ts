/**
 * Timers for jobs: systemd, cron, launchd, or OpenClaw's own automations.
 *
 * `planSchedule` says to the byte what would be written and which programs started, `applySchedule` does that; the plan without jobs takes it
 * all back. Only what bears our marker is replaced or removed: a file of ours that somebody else wrote is an error, every other line of a
 * crontab stays as it is. Programs are started with argument arrays, never through a shell; only cron itself has one, for which words are quoted.
 * What is written may be read by others, so the environment that goes into it holds no secret; who calls decides what it holds.
 *
 * Read first: `types.ts`, `calendar.ts`, then `plan.ts`. The texts are in `templates/schedule.ts`.
 *
 * @module
 */
export { applySchedule } from "./apply.ts";
export { isOverdue, longestGapMs, nextTime, resolveCalendar } from "./calendar.ts";
export { findSchedules } from "./find.ts";
export { type PlanOptions, planSchedule } from "./plan.ts";
export { applySwap, planSwap, type SwapOptions, type SwapPlan } from "./swap.ts";
export type * from "./types.ts";
