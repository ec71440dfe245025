/**
 * What a backup was meant to hold, and what a reader wants of it: which live paths a restore replaces, and which stay.
 *
 * @module
 */
export { databaseOfSidecar, isLiveDatabase, sidecarsOf } from "./live-entry.ts";
export { type Fate, type Judge, judgeByScope, judgeWithoutScope } from "./outside.ts";
export { parseScope, type RecordedScope } from "./recorded.ts";
export { createSelection, isSelective, type Selection } from "./selection.ts";
export { type Incoming, type Met, surveyLive } from "./survey.ts";
