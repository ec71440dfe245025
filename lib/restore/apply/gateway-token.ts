import { MIB } from "../../base/index.ts";
import { type Path, pathExists, readTextIfExists, statPath } from "../../filesystem/index.ts";
import { type ConfigReader, keepGatewayAuth, readGatewayAuth } from "../../openclaw/index.ts";
import { join, type MappedRoot, mapBack, mapThrough } from "../layout/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import type { StagedTree } from "../stage/index.ts";
import type { Edit } from "./edits.ts";

export const MAX_CONFIG_BYTES: number = 16 * MIB;

export interface TokenOptions {
  readonly prepared: PreparedRestore;
  readonly staged: StagedTree;
  readonly roots: readonly MappedRoot[];
  /** The backup's own path of its config, where its manifest says one. */
  readonly configPath: Path | undefined;
}

/** Works out how this host's gateway token stays in the restored config. */
export async function keepToken(
  options: TokenOptions,
): Promise<{ readonly edits: readonly Edit[]; readonly notes: readonly string[] }> {
  const { installation, options: plan } = options.prepared;
  const restored = restoredConfig(options);
  const isBrought = stagedText(options, restored.configPath) !== undefined;
  if (plan.overwriteGatewayToken === true || !isBrought || !pathExists(installation.configPath)) {
    return { edits: [], notes: [] };
  }
  const includeRoots = includeRootsOf(plan.environment);
  const live = await readGatewayAuth({
    configPath: installation.configPath,
    read: readConfig,
    includeRoots,
  });
  const { edits, note } = await keepGatewayAuth({ ...restored, includeRoots }, live);
  return {
    edits: edits.flatMap((edit) => editOf(options, edit.path, edit.text)),
    notes: note === undefined ? [] : [note],
  };
}

/** The config as it will be: what the backup brings, and what is live where it brings nothing. */
function restoredConfig(options: TokenOptions): ConfigReader {
  const { prepared, roots, configPath } = options;
  const mapped = configPath === undefined ? undefined : mapThrough(roots, configPath);
  return {
    configPath: mapped ?? join(prepared.options.stateDir, "openclaw.json"),
    read: (path) => stagedText(options, path) ?? readConfig(path),
  };
}

/** What is unpacked for a path that it will have. Links are not made yet; none is followed. */
function stagedText({ roots, staged }: TokenOptions, path: Path): string | undefined {
  const source = mapBack(roots, path);
  const entry = source === undefined ? undefined : staged.get(source);
  if (source === undefined || entry?.type !== "file") return undefined;
  const file = entry.stage.findPlain(source);
  return file === undefined ? undefined : readConfig(file);
}

/** A live file that the config includes is not ours to change. */
function editOf({ roots, staged }: TokenOptions, path: Path, text: string): Edit[] {
  const source = mapBack(roots, path);
  const entry = source === undefined ? undefined : staged.get(source);
  const file = source === undefined ? undefined : entry?.stage.findPlain(source);
  const stat = file === undefined ? undefined : statPath(file);
  if (source === undefined || stat === undefined) return [];
  return [{ path: source, text, mode: stat.mode, mtimeNs: stat.mtimeNs }];
}

/** The text of a config file; undefined where it cannot be read. */
export function readConfig(path: Path): string | undefined {
  try {
    return readTextIfExists(path, MAX_CONFIG_BYTES);
  } catch {
    return undefined;
  }
}

export function includeRootsOf(environment: Readonly<Record<string, string | undefined>>): Path[] {
  const roots = environment.OPENCLAW_INCLUDE_ROOTS ?? "";
  return roots.split(":").filter((path) => path.startsWith("/"));
}
