/**
 * Reads OpenClaw's config: JSON5 with `$include` and `${NAME}`, bounded in size, depth and number of files, and as much of a broken
 * one as can be had. Also finds the place in the text of its files where a value stands, so that one can be changed without
 * losing comments, includes or layout.
 *
 * Works on any {@link ConfigReader}, so that a staged config reads like a live one.
 *
 * @module
 */
export { readConfigTree } from "./includes.ts";
export {
  isConfigObject,
  MAX_CONFIG_BYTES,
  parseConfigText,
  textAt,
  textsAt,
  valueAt,
} from "./parse.ts";
export { placeholdersIn, substituteObject, type Variables } from "./placeholders.ts";
export { type ConfigPlace, placesOf, valueAtPlace } from "./places.ts";
export { setInText } from "./text/index.ts";
export type {
  ConfigFile,
  ConfigObject,
  ConfigReader,
  ConfigTree,
  ConfigValue,
} from "./types.ts";
export { configVariables } from "./variables.ts";
