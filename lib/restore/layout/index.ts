/**
 * Where the trees of a backup go, how what stands there can be replaced, and what our own names look like.
 *
 * @module
 */
export {
  assertPlainRoot,
  type BackupRoot,
  type BackupRoots,
  isInTree,
  type MappedRoot,
  mapBack,
  mapElsewhere,
  mapInPlace,
  mapThrough,
} from "./mapping.ts";
export {
  freeStamp,
  isOwnName,
  isStampTaken,
  join,
  keptPath,
  newestFirst,
  relativeTo,
  type Strategy,
  stagePath,
  stampOf,
} from "./names.ts";
export { isSamePlace, missingParents, mountPlaces, type Place, placeAt, placeOf } from "./place.ts";
