/**
 * Makes backups: captures an installation, packs it, and brings it to its destination with a proof that it arrived.
 *
 * Capture, packing, encryption and upload are one stream, so memory does not grow with what is backed up, and a failure of any of them
 * ends all of them. `backup.json` is written last; until then nothing exists that anyone would take for a backup, and what a failed
 * run stored is removed again. `scope.ts` defines how a backup records what it set out to hold, which a restore reads.
 *
 * Read first: `make-archive.ts`, then `create.ts`.
 *
 * @module
 */
export { createArchive } from "./create.ts";
export type { RecordedRoot, RecordedScope } from "./scope.ts";
export * from "./snapshot/index.ts";
export type * from "./types.ts";
