/**
 * What a capture would take and leave, without capturing: the dry run, and the count ahead of a run.
 *
 * @module
 */
export { measureCapture } from "./measure.ts";
export { planCapture } from "./plan.ts";
