import { posix } from "node:path";
import { type Path, readTextIfExists, realPath } from "../../filesystem/index.ts";
import {
  type ConfigReader,
  type ConfigTree,
  MAX_CONFIG_BYTES,
  readConfigTree,
} from "../config/index.ts";
import type { ResolvedSettings } from "./settings.ts";

/** Copies that OpenClaw itself keeps of its config, best first. */
const COPIES = ["last-good", "bak", "bak.1", "bak.2", "bak.3", "bak.4"];

/** A config as found, with another one in its place when it is broken. */
export interface FoundConfig {
  readonly tree: ConfigTree;
  /** Whose paths count: the same, or an older copy of it that can be read. */
  readonly effective: ConfigTree;
  readonly notes: readonly string[];
}

/** Reads the config; a broken or missing one is stood in for by the newest copy that OpenClaw kept of it, if one can be read. */
export async function findConfig(settings: ResolvedSettings): Promise<FoundConfig> {
  const tree = await readConfigTree(liveConfig(settings, settings.configPath));
  if (tree.status === "ok") return { tree, effective: tree, notes: [] };
  for (const suffix of COPIES) {
    const path = `${settings.configPath}.${suffix}`;
    const copy = await readConfigTree(liveConfig(settings, path));
    if (copy.status !== "ok") continue;
    const from = `paths were taken from ${posix.basename(path)} and from the layout on disk`;
    return { tree, effective: copy, notes: [`${trouble(tree, settings)}; ${from}`] };
  }
  const notes = [`${trouble(tree, settings)}; paths were taken from the layout on disk`];
  return { tree, effective: tree, notes };
}

function trouble(tree: ConfigTree, { configPath }: ResolvedSettings): string {
  if (tree.status === "missing") return `the config ${configPath} does not exist`;
  return `the config is broken (${tree.problems.join("; ")})`;
}

function liveConfig(settings: ResolvedSettings, configPath: Path): ConfigReader {
  return {
    configPath,
    read: (path) => readTextIfExists(path, MAX_CONFIG_BYTES),
    includeRoots: settings.includeRoots,
    realPath,
  };
}
