import { posix } from "node:path";
import { escapeText, isBackupError, quote } from "../../base/index.ts";
import { isSameOrInside, type Path } from "../../filesystem/index.ts";
import { mergeConfig, safeEntries } from "./merge.ts";
import { isConfigObject, parseConfigText } from "./parse.ts";
import type { ConfigFile, ConfigObject, ConfigReader, ConfigTree, ConfigValue } from "./types.ts";

/** The key that pulls in other files. */
export const INCLUDE_KEY = "$include";
/** As OpenClaw has it. */
const MAX_INCLUDE_DEPTH = 10;
/** Reading stops here, so that includes of includes cannot multiply. */
const MAX_LOADS = 200;
const MAX_PROBLEMS = 20;
const MAX_MERGED_VALUES = 500_000;

/** One reading of a config: what has been met so far. */
interface Reading {
  readonly reader: ConfigReader;
  readonly files: Set<Path>;
  readonly problems: string[];
  loads: number;
}

/** A file under way, with those that include it. */
interface Loading {
  readonly path: Path;
  readonly chain: readonly Path[];
}

/**
 * Reads a config with everything it includes. A part that cannot be had is a problem, and the rest is still given.
 * Rules of OpenClaw: paths relative to the including file, inside the config's directory or an allowed root, 10 levels deep.
 */
export async function readConfigTree(reader: ConfigReader): Promise<ConfigTree> {
  const reading: Reading = { reader, files: new Set(), problems: [], loads: 0 };
  let main: ConfigFile | undefined;
  let value: ConfigObject = {};
  try {
    main = await loadFile(reading, { path: reader.configPath, chain: [] });
    if (main !== undefined) value = mergedObject(main);
  } catch (error) {
    addProblem(reading, reader.configPath, error);
  }
  const isMissing = main === undefined && reading.problems.length === 0;
  return {
    status: isMissing ? "missing" : reading.problems.length > 0 ? "broken" : "ok",
    main,
    value,
    files: [...reading.files],
    problems: reading.problems,
  };
}

async function loadFile(reading: Reading, loading: Loading): Promise<ConfigFile | undefined> {
  if (++reading.loads > MAX_LOADS)
    throw new RangeError(`more than ${MAX_LOADS} files are included`);
  const text = await reading.reader.read(loading.path);
  if (text === undefined) return undefined;
  reading.files.add(loading.path);
  const value = parseConfigText(text);
  const includes = new Map<string, ConfigFile>();
  for (const name of includeNames(value)) {
    try {
      const file = await loadInclude(reading, loading, name);
      if (file !== undefined) includes.set(name, file);
    } catch (error) {
      addProblem(reading, loading.path, error, name);
    }
  }
  return { path: loading.path, text, value, includes };
}

async function loadInclude(reading: Reading, from: Loading, name: string): Promise<ConfigFile> {
  const chain = [...from.chain, from.path];
  if (chain.length > MAX_INCLUDE_DEPTH) {
    throw new RangeError(`includes are nested more than ${MAX_INCLUDE_DEPTH} levels deep`);
  }
  const path = includePath(reading.reader, from.path, name);
  if (chain.includes(path)) throw new RangeError("it includes itself");
  const file = await loadFile(reading, { path, chain });
  if (file === undefined) throw new RangeError("it does not exist");
  return file;
}

/** @throws RangeError when the include would leave the directories that OpenClaw allows. */
function includePath(reader: ConfigReader, from: Path, name: string): Path {
  if (name.includes("\0") || name.length >= 4096) throw new RangeError("its path is not usable");
  const path = posix.resolve(posix.dirname(from), name);
  const roots = [posix.dirname(reader.configPath), ...(reader.includeRoots ?? [])];
  if (!roots.some((root) => isSameOrInside(path, root))) {
    throw new RangeError("it lies outside the config's directory and OPENCLAW_INCLUDE_ROOTS");
  }
  const real = reader.realPath?.(path);
  const realRoots = roots.map((root) => reader.realPath?.(root) ?? root);
  if (real !== undefined && !realRoots.some((root) => isSameOrInside(real, root))) {
    throw new RangeError("a link leads it outside the config's directory");
  }
  return path;
}

/**
 * Every `$include` below a value, in order, each once.
 * @throws TypeError when one is neither a text nor a list of texts.
 */
function includeNames(value: ConfigValue): readonly string[] {
  const names = new Set<string>();
  const visit = (current: ConfigValue): void => {
    if (typeof current !== "object" || current === null) return;
    if (isConfigObject(current)) for (const name of ownIncludes(current)) names.add(name);
    for (const below of Object.values(current)) visit(below);
  };
  visit(value);
  return [...names];
}

/**
 * The files that one object includes; a later one wins over an earlier.
 * @throws TypeError when its `$include` is neither a text nor a list of texts.
 */
export function ownIncludes(object: ConfigObject): readonly string[] {
  if (!Object.hasOwn(object, INCLUDE_KEY)) return [];
  const include = object[INCLUDE_KEY];
  const list: readonly unknown[] = Array.isArray(include) ? include : [include];
  if (list.every((name) => typeof name === "string")) return list;
  throw new TypeError(`${INCLUDE_KEY} is neither a file name nor a list of file names`);
}

function mergedObject(main: ConfigFile): ConfigObject {
  const merged = mergedValue(main);
  if (isConfigObject(merged)) return merged;
  throw new TypeError("it holds no object");
}

/**
 * The value of a file with its includes merged in; an include that could not be had counts as empty.
 * @throws RangeError when includes of includes multiply beyond reason.
 */
function mergedValue(file: ConfigFile): ConfigValue {
  return new Merger().value(file.value, file);
}

class Merger {
  #left = MAX_MERGED_VALUES;

  value(value: ConfigValue, from: ConfigFile): ConfigValue {
    if (--this.#left < 0) throw new RangeError("its includes multiply beyond reason");
    if (Array.isArray(value)) return value.map((item) => this.value(item, from));
    return isConfigObject(value) ? this.#object(value, from) : value;
  }

  #object(object: ConfigObject, from: ConfigFile): ConfigValue {
    const own: Record<string, ConfigValue> = {};
    for (const [key, below] of safeEntries(object)) {
      if (key !== INCLUDE_KEY) own[key] = this.value(below, from);
    }
    const [first, ...more] = ownIncludes(object).flatMap((name) => {
      const target = from.includes.get(name);
      return target === undefined ? [] : [this.value(target.value, target)];
    });
    if (first === undefined) return own;
    const base = more.reduce(mergeConfig, first);
    return Object.keys(own).length === 0 ? base : mergeConfig(base, own);
  }
}

function addProblem(reading: Reading, path: Path, error: unknown, include?: string): void {
  if (reading.problems.length >= MAX_PROBLEMS) return;
  const subject = include === undefined ? "" : `$include ${quote(include)}: `;
  // What the filesystem says names the path already.
  const problem = isBackupError(error)
    ? `${subject}${error.message}`
    : `${quote(path)}: ${subject}${escapeText(error instanceof Error ? error.message : String(error))}`;
  reading.problems.push(problem);
}
