/**
 * Finds out, by reading only, what a restore would do, and refuses one that cannot succeed.
 *
 * @module
 */
export { type AcceptedRoots, acceptRoots, trustIn } from "./accept-roots.ts";
export { assertFreshTarget, assertOutsideHome } from "./assert-target.ts";
export { ChangeCounter } from "./change-set.ts";
export { Comparison } from "./compare.ts";
export { planRestore } from "./plan-restore.ts";
export { bytesOnDisk, SpaceNeeds } from "./space.ts";
export { gatewayWarnings, movedWarnings, omissionWarnings } from "./warnings.ts";
