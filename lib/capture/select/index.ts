/**
 * Walks the roots of an installation and says of everything met whether it is captured, and if not, why: the rules, the scope,
 * what can be made again, and what is Clawback's own.
 *
 * @module
 */
export { ownPatterns } from "./own-paths.ts";
export { MIN_DATABASE_BYTES } from "./probes.ts";
export { type ScanEvents, type Scanned, scan } from "./scan.ts";
export type { LeftOutBy, Selection, Verdict } from "./selection.ts";
