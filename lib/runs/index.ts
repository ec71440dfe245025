/**
 * The record of what was done when: one SQLite file in the home with a row for each run of a job, its end, result, counts, phases and error.
 *
 * A record must never stop what it records: nothing here throws for the state of the file. One that is damaged is moved aside and said, one that
 * is locked or cannot be written costs the row. A run whose process vanished without an end is shown as interrupted. What a backup holds stands
 * in the catalog, on every machine; what stands here is known to this machine only.
 *
 * Read first: `types.ts`, then `store.ts`.
 *
 * @module
 */
export { type JobStats, summarizeRuns } from "./stats.ts";
export { type OpenRunsOptions, openRuns, type RunStore } from "./store.ts";
export type * from "./types.ts";
