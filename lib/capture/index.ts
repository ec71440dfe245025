/**
 * Turns an installation into one ordered, consistent stream of entries and omissions, for every format of backup.
 *
 * A capture finishes on a live, messy tree: files vanish, grow and are replaced while it runs, databases are written to. None
 * of that is an error; what could not be captured is an omission with its reason, what is worth knowing is a note. Only a cancelled
 * run, a full or unusable home, and a locked database under `onLocked: "fail"` end it early.
 *
 * `select/` says what is captured (scope, the user's `rules/`, what can be made again, what is Clawback's own), `entries/` turns each
 * thing into entries, `read/` reads single files that others may be writing. Databases are found by their header and captured
 * through SQLite. `plan/` is the dry run. Memory is bounded by the size of a piece, not by that of the tree: only files with several
 * names, omissions and up to 1,000 notes are kept.
 *
 * Nothing here knows of archives, snapshots or storages.
 *
 * @module
 */
export { openCapture } from "./capture.ts";
export { measureCapture, planCapture } from "./plan/index.ts";
export {
  type ExcludeFile,
  type RootRules,
  type RuleFlags,
  type RuleLine,
  resolveRules,
  rulesForRoot,
} from "./rules/index.ts";
export {
  DEFAULT_SCOPE,
  FULL_CLASSES,
  isFullScope,
  ONLY_CONFIG_CLASSES,
  resolveScope,
  type ScopeChoice,
} from "./scope.ts";
export { ownPatterns } from "./select/index.ts";
export type * from "./types.ts";
