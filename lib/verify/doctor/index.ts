/**
 * What the doctor looks at on this machine and in its storages, one judgement a function; all of them only read.
 *
 * The facts are handed in, except where the disk itself is the fact. Every check gives a finding, also when all is well, so that a
 * reader sees what was looked at.
 */
export { findings } from "./finding.ts";
export { checkLeftovers, judgeJournal, type LeftoverPlaces } from "./leftovers.ts";
export {
  type AgeFacts,
  judgeBackups,
  judgeClock,
  judgeNode,
  judgeOpenClaw,
  judgeSpace,
  type OpenClawFacts,
  type SpaceFacts,
} from "./machine.ts";
export { checkHomeModes } from "./modes.ts";
export { judgeSchedule, type TimedJobFacts } from "./schedule.ts";
export {
  judgeFeatures,
  judgeProtection,
  judgeUploads,
  type StorageFacts,
} from "./storages.ts";
export type * from "./types.ts";
