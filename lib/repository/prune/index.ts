/**
 * Prune: gives back the space of what no snapshot needs any more, while others go on making snapshots.
 *
 * `planPrune` reads and decides, and refuses when anything is missing that a snapshot needs; its plan is plain data. `pruneRepository` does it:
 * it repacks under a shared lock, publishes new indexes under an exclusive one that is held for seconds, and deletes only packs that
 * have stood in no index for a day. The order is described at `pruneRepository`, with the reason why no other client's pack is ever lost.
 *
 * @module
 */
export { decidePacks, type PackDecision, type PackUsage, type RepackOptions } from "./decide.ts";
export { type MaxUnused, parseMaxUnused } from "./max-unused.ts";
export { type PruneOptions, type PruneReport, planPrune, pruneRepository } from "./prune.ts";
export type { PrunePlan } from "./types.ts";
