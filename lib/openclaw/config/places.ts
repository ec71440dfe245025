import { INCLUDE_KEY, ownIncludes } from "./includes.ts";
import { isConfigObject, valueAt } from "./parse.ts";
import type { ConfigFile } from "./types.ts";

/** A place in one file of a config: the file, and the keys that lead there. */
export interface ConfigPlace {
  readonly file: ConfigFile;
  readonly keys: readonly string[];
}

/**
 * The places that together make up the value at a path of keys, the one that wins first: what a file says itself goes before
 * what it includes, and a later include before an earlier. Places that hold no object end the search below them.
 */
export function placesOf(main: ConfigFile, keys: readonly string[]): readonly ConfigPlace[] {
  let places = withIncludes({ file: main, keys: [] });
  for (const key of keys) {
    places = places.flatMap((place) => {
      const object = valueAtPlace(place);
      if (!isConfigObject(object) || !Object.hasOwn(object, key)) return [];
      return withIncludes({ file: place.file, keys: [...place.keys, key] });
    });
  }
  return places;
}

/** The value that stands at a place, includes not merged in. */
export function valueAtPlace(place: ConfigPlace): unknown {
  return valueAt(place.file.value, place.keys);
}

function withIncludes(place: ConfigPlace): readonly ConfigPlace[] {
  const value = valueAtPlace(place);
  if (!isConfigObject(value) || !Object.hasOwn(value, INCLUDE_KEY)) return [place];
  const included = [...new Set(ownIncludes(value))].toReversed().flatMap((name) => {
    const file = place.file.includes.get(name);
    return file === undefined ? [] : withIncludes({ file, keys: [] });
  });
  // An object that only includes says nothing itself: an edit belongs into what it includes.
  return Object.keys(value).length === 1 ? [...included, place] : [place, ...included];
}
