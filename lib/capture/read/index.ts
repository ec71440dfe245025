/**
 * Reads single files that others may be writing: whole when small, in pieces when large, and says what happened meanwhile.
 *
 * @module
 */
export type { Change } from "./change.ts";
export { type Outcome, type Pieces, readPieces } from "./pieces.ts";
export { type Reading, readFile, WHOLE_LIMIT_BYTES } from "./whole.ts";
