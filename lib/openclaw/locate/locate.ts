import { posix } from "node:path";
import { type Path, readTextIfExists } from "../../filesystem/index.ts";
import { type ConfigObject, configVariables, substituteObject, textsAt } from "../config/index.ts";
import type { Agent, Installation, LocateOptions } from "../types.ts";
import type { KnownAgent } from "./agents.ts";
import { type FoundConfig, findConfig } from "./fallback.ts";
import { cronJobs, globalDatabasePath } from "./global-database.ts";
import { type Known, knownAgents } from "./known-agents.ts";
import { pathsInConfig, pathsInCron, uncoveredMentions } from "./mentions.ts";
import { mayExist, resolved, unique } from "./paths.ts";
import { type ChosenRoots, chooseRoots, type RootCandidate } from "./roots.ts";
import { expandHome, type ResolvedSettings, resolveSettings } from "./settings.ts";
import { assertInstallation } from "./state-directory.ts";

/**
 * Finds the installation as OpenClaw itself would; reads only. A config that is broken or missing never stops it: then older copies
 * of the config and the layout on disk stand in, and `notes` say so.
 *
 * @returns Paths absolute and without links where they exist.
 * @throws BackupError `installation-not-found`, naming the place looked at; `source-unreadable` when that may not be looked at;
 *   `invalid-argument` for an impossible profile name.
 */
export async function locateInstallation(options: LocateOptions): Promise<Installation> {
  const asked = resolveSettings(options);
  // From here on, what is derived from the state directory is derived from where it really is.
  const settings = rebase(asked, assertInstallation(asked));
  const found = await findConfig(settings);
  const config = withVariables(found.effective.value, options, settings.stateDir);
  const known = knownAgents(config, found.tree.status, settings);
  const workspaces = options.workspaces?.map((path) => expandHome(path, settings.home));
  const search: Search = { options, asked, settings, found, config, known, workspaces };
  return compose(search, chooseRoots(settings.stateDir, candidates(search)));
}

/** All that is known before the roots are chosen. */
interface Search {
  readonly options: LocateOptions;
  readonly asked: ResolvedSettings;
  readonly settings: ResolvedSettings;
  readonly found: FoundConfig;
  readonly config: ConfigObject;
  readonly known: Known;
  /** Those that the caller wants in place of the configured ones. */
  readonly workspaces: readonly Path[] | undefined;
}

function compose(search: Search, chosen: ChosenRoots): Installation {
  const { asked, settings, found, known } = search;
  const { stateDir, configPath } = settings;
  const agents = known.agents.map(resolveAgent);
  return {
    stateDir,
    configPath,
    configFiles: found.tree.files.length > 0 ? found.tree.files : [configPath],
    configStatus: found.tree.status,
    credentialsDir: resolved(settings.credentialsDir),
    agents,
    workspaces: unique((search.workspaces ?? known.workspaces).map(resolved)),
    roots: chosen.roots,
    notes: [
      ...linkNote(asked.stateDir, stateDir),
      ...found.notes,
      ...chosen.notes,
      ...leftOut(search),
    ],
    uncovered: uncoveredMentions(
      [
        ...pathsInConfig(search.config, settings.home),
        ...pathsInCron(cronJobs(stateDir), settings.home),
      ],
      [...chosen.roots.map(({ path }) => path), asked.stateDir],
    ),
    essentialDatabases: essentialDatabases(stateDir, agents),
  };
}

/** The state directory that OpenClaw would use with these settings, whether or not it exists; a link stays as it is. */
export function defaultStateDirOf(options: LocateOptions): Path {
  return resolveSettings(options).stateDir;
}

function rebase(settings: ResolvedSettings, stateDir: Path): ResolvedSettings {
  const move = (path: Path): Path =>
    path === settings.stateDir || path.startsWith(`${settings.stateDir}/`)
      ? stateDir + path.slice(settings.stateDir.length)
      : path;
  return {
    ...settings,
    stateDir,
    configPath: move(settings.configPath),
    credentialsDir: move(settings.credentialsDir),
    defaultWorkspace: move(settings.defaultWorkspace),
  };
}

function withVariables(config: ConfigObject, options: LocateOptions, stateDir: Path): ConfigObject {
  let dotEnv: string | undefined;
  try {
    dotEnv = readTextIfExists(posix.join(stateDir, ".env"), 1024 * 1024);
  } catch {
    // Unreadable or huge: its placeholders stay unreplaced, and the paths they stand in are then reported as missing.
  }
  return substituteObject(config, configVariables(options.environment, dotEnv, config));
}

function candidates(search: Search): readonly RootCandidate[] {
  const { options, settings, found, config, known } = search;
  const of = (kind: RootCandidate["kind"], paths: readonly Path[]): RootCandidate[] =>
    paths.map((path) => ({ kind, path }));
  const expand = (path: string): Path => expandHome(path, settings.home);
  const personal = settings.personalSkills === undefined ? [] : [settings.personalSkills];
  return [
    ...of("config", [settings.configPath, ...found.tree.files]),
    ...of("credentials", [settings.credentialsDir]),
    ...of("workspace", search.workspaces ?? known.workspaces),
    ...of(
      "agent",
      known.agents.map(({ agentDir }) => agentDir),
    ),
    ...of("managed skill", personal),
    ...of("managed skill", textsAt(config, ["skills", "load", "extraDirs"]).map(expand)),
    ...of("extra", (options.extraPaths ?? []).map(expand)),
  ];
}

function resolveAgent({ agentId, agentDir, workspace }: KnownAgent): Agent {
  return { agentId, agentDir: resolved(agentDir), workspace: resolved(workspace) };
}

function essentialDatabases(stateDir: Path, agents: readonly Agent[]): readonly Path[] {
  const paths = [
    globalDatabasePath(stateDir),
    ...agents.map(({ agentDir }) => posix.join(agentDir, "openclaw-agent.sqlite")),
  ];
  return unique(paths.filter((path) => mayExist(path)));
}

function linkNote(asked: Path, real: Path): readonly string[] {
  if (asked === real) return [];
  return [`the state directory ${asked} is read at ${real}, where links lead`];
}

function leftOut({ known, workspaces, settings }: Search): readonly string[] {
  if (workspaces === undefined) return [];
  return known.workspaces
    .filter((path) => !workspaces.includes(path))
    .map((path) =>
      path.startsWith(`${settings.stateDir}/`)
        ? `the configured workspace ${path} lies in the state directory and is captured with it`
        : `the configured workspace ${path} is left out, because others were asked for`,
    );
}
