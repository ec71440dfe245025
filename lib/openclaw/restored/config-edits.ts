import { isDeepStrictEqual } from "node:util";
import type { Path } from "../../filesystem/index.ts";
import {
  type ConfigFile,
  type ConfigObject,
  type ConfigPlace,
  type ConfigReader,
  type ConfigTree,
  type ConfigValue,
  isConfigObject,
  parseConfigText,
  placesOf,
  readConfigTree,
  setInText,
  valueAt,
  valueAtPlace,
} from "../config/index.ts";

/** The new text of one config file. */
export interface TextEdit {
  readonly path: Path;
  readonly text: string;
}

/** Members to set in the object at a path of keys. */
export interface WantedMembers {
  readonly keys: readonly string[];
  readonly values: ConfigObject;
}

/**
 * Works out the texts that give a config the wanted members: each is changed in the file and at the place where it counts now, or
 * added where its object stands.
 *
 * @returns undefined when that cannot be done, or when reading the result would not give exactly the wanted config.
 */
export async function editsFor(
  reader: ConfigReader,
  tree: ConfigTree,
  wanted: WantedMembers,
): Promise<readonly TextEdit[] | undefined> {
  const { main } = tree;
  if (main === undefined) return undefined;
  try {
    const texts = new Map<Path, string>();
    for (const [key, value] of Object.entries(wanted.values)) {
      if (isDeepStrictEqual(valueAt(tree.value, [...wanted.keys, key]), value)) continue;
      if (!setMember({ main, keys: [...wanted.keys, key], value }, texts)) return undefined;
    }
    return (await givesWanted(reader, tree, { texts, wanted })) ? editsOf(texts) : undefined;
  } catch {
    // A text that the editor loses its way in is left as it is.
    return undefined;
  }
}

interface Setting {
  readonly main: ConfigFile;
  readonly keys: readonly string[];
  readonly value: ConfigValue;
}

/** @returns false when there is no place for it. */
function setMember({ main, keys, value }: Setting, texts: Map<Path, string>): boolean {
  const { place, missing } = placeFor(main, keys);
  const { path, text } = place.file;
  const before = texts.get(path) ?? text;
  // What was not UTF-8 has been lost in reading, and would be lost in the file as well.
  if (before.includes("\ufffd")) return false;
  const after = setInText(before, [...place.keys, ...missing], value);
  if (after === undefined) return false;
  texts.set(path, after);
  return true;
}

interface Target {
  readonly place: ConfigPlace;
  /** The keys that are not there yet. */
  readonly missing: readonly string[];
}

/** The place that decides about a path of keys, or that of the deepest object on the way to it. */
function placeFor(main: ConfigFile, keys: readonly string[]): Target {
  for (let n = keys.length; n > 0; n--) {
    const places = placesOf(main, keys.slice(0, n));
    const place =
      n === keys.length ? places[0] : places.find((one) => isConfigObject(valueAtPlace(one)));
    if (place !== undefined) return { place, missing: keys.slice(n) };
  }
  return { place: { file: main, keys: [] }, missing: keys };
}

interface Proposal {
  readonly texts: ReadonlyMap<Path, string>;
  readonly wanted: WantedMembers;
}

/** Reads the config again as it would be, and compares: the wanted members are there, and nothing else has changed. */
async function givesWanted(
  reader: ConfigReader,
  tree: ConfigTree,
  { texts, wanted }: Proposal,
): Promise<boolean> {
  for (const text of texts.values()) parseConfigText(text);
  const after = await readConfigTree({
    ...reader,
    read: (path) => texts.get(path) ?? reader.read(path),
  });
  return after.status === "ok" && isDeepStrictEqual(after.value, withMembers(tree.value, wanted));
}

function withMembers(config: ConfigObject, { keys, values }: WantedMembers): ConfigObject {
  const [first, ...rest] = keys;
  if (first === undefined) return { ...config, ...values };
  const below = valueAt(config, [first]);
  const object = isConfigObject(below) ? below : {};
  return Object.keys(values).length === 0
    ? config
    : { ...config, [first]: withMembers(object, { keys: rest, values }) };
}

function editsOf(texts: ReadonlyMap<Path, string>): readonly TextEdit[] {
  return [...texts].map(([path, text]) => ({ path, text }));
}
