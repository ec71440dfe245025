/**
 * Checks a repository as `restic check` does, and says where damage is: which files of which snapshots.
 *
 * `checkRepository` reads the structure always (keys, indexes, the listing of packs, snapshots, all trees) and as much of the packs as it is
 * told: all, a part as restic cuts it (`parseDataSubset`), or a daily share that comes round in a number of days (`planShare`), for which it
 * takes and gives a record as plain data. Whatever is wrong is a finding; what only deserves to be known is a notice.
 *
 * @module
 */
export { type CheckOptions, checkRepository } from "./check.ts";
export { type PackProblem, type PackReading, readPack } from "./read-pack.ts";
export { type DataSelection, parseDataSubset } from "./selection.ts";
export { type CheckRecord, parseCheckRecord } from "./share.ts";
export type { CheckCode, CheckFinding, CheckNotice, CheckReport } from "./types.ts";
