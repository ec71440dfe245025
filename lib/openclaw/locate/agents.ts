import { posix } from "node:path";
import { listDirectory, type Path, realPath, statPath } from "../../filesystem/index.ts";
import { type ConfigObject, isConfigObject, textAt, valueAt } from "../config/index.ts";
import { expandHome, type ResolvedSettings } from "./settings.ts";

/** An agent as configured or found; paths not yet resolved. */
export interface KnownAgent {
  readonly agentId: string;
  readonly agentDir: Path;
  readonly workspace: Path;
}

interface ConfiguredAgent {
  readonly agentId: string;
  readonly isDefault: boolean;
  readonly entry: ConfigObject;
}

/** The agent that exists when none is configured. */
const IMPLICIT_AGENT = "main";
const MAX_AGENTS = 1000;

/** The agents of a config, with their directories as OpenClaw works them out. */
export function configuredAgents(
  config: ConfigObject,
  settings: ResolvedSettings,
): readonly KnownAgent[] {
  const roster = rosterOf(config);
  const owner = ownerOf(config, roster);
  const shared = textAt(config, ["agents", "defaults", "workspace"]);
  return roster.map(({ agentId, entry }) => {
    const own = textAt(entry, ["workspace"]);
    const agentDir = textAt(entry, ["agentDir"]);
    return {
      agentId,
      agentDir:
        agentDir === undefined
          ? standardAgentDir(settings.stateDir, agentId)
          : expandHome(agentDir, settings.home),
      workspace:
        own === undefined
          ? inheritedWorkspace(agentId, { isOwner: agentId === owner, shared, settings })
          : expandHome(own, settings.home),
    };
  });
}

interface Inheritance {
  readonly isOwner: boolean;
  readonly shared: string | undefined;
  readonly settings: ResolvedSettings;
}

/** The one agent, or the one marked as default, has the shared workspace itself; any other a directory of its own. */
function inheritedWorkspace(agentId: string, from: Inheritance): Path {
  const { isOwner, shared, settings } = from;
  if (shared === undefined) {
    return isOwner
      ? settings.defaultWorkspace
      : posix.join(settings.stateDir, `workspace-${agentId}`);
  }
  const base = expandHome(shared, settings.home);
  return isOwner ? base : posix.join(base, agentId);
}

export function standardAgentDir(stateDir: Path, agentId: string): Path {
  return posix.join(stateDir, "agents", agentId, "agent");
}

/** `agents.entries` by id, or the older `agents.list`; the implicit agent when there is neither. */
function rosterOf(config: ConfigObject): readonly ConfiguredAgent[] {
  const entries = valueAt(config, ["agents", "entries"]);
  const list = valueAt(config, ["agents", "list"]);
  if (entries === undefined && list === undefined) return [agent(IMPLICIT_AGENT, {})];
  const found = isConfigObject(entries)
    ? Object.entries(entries).flatMap(([id, entry]) =>
        isConfigObject(entry) ? [agent(id, entry)] : [],
      )
    : (Array.isArray(list) ? list : []).flatMap((entry) =>
        isConfigObject(entry) ? [agent(textAt(entry, ["id"]) ?? "", entry)] : [],
      );
  // Of two with the same id, OpenClaw takes the first.
  const byId = new Map<string, ConfiguredAgent>();
  for (const one of found.slice(0, MAX_AGENTS))
    if (!byId.has(one.agentId)) byId.set(one.agentId, one);
  return [...byId.values()];
}

function agent(id: string, entry: ConfigObject): ConfiguredAgent {
  return { agentId: normalizeAgentId(id), isDefault: entry.default === true, entry };
}

function ownerOf(config: ConfigObject, roster: readonly ConfiguredAgent[]): string | undefined {
  const marked = roster.filter((one) => one.isDefault);
  const isExplicit = textAt(config, ["agents", "ownership"]) === "explicit";
  if (!isExplicit && marked.length === 1) return marked[0]?.agentId;
  return roster.length === 1 ? roster[0]?.agentId : undefined;
}

const AGENT_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** As OpenClaw makes directory names of agent ids. */
export function normalizeAgentId(id: string): string {
  const lower = id.trim().toLowerCase();
  if (AGENT_ID.test(lower)) return lower;
  const name = lower
    .replaceAll(/[^a-z0-9_-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 64);
  return name === "" ? IMPLICIT_AGENT : name;
}

/** Agents whose directory is in the state directory, whatever the config says. */
export function agentsOnDisk(stateDir: Path, workspaces: readonly Path[]): readonly KnownAgent[] {
  return (listNamed(posix.join(stateDir, "agents")) ?? [])
    .slice(0, MAX_AGENTS)
    .map((agentId) => ({ agentId, agentDir: standardAgentDir(stateDir, agentId) }))
    .filter(({ agentDir }) => isDirectory(agentDir))
    .map((found) => {
      const own = posix.join(stateDir, `workspace-${found.agentId}`);
      const workspace = workspaces.includes(own) ? own : posix.join(stateDir, "workspace");
      return { ...found, workspace };
    });
}

/** `workspace` and `workspace-*` in the state directory. */
export function workspacesOnDisk(stateDir: Path): readonly Path[] {
  return (listNamed(stateDir) ?? [])
    .filter((name) => name === "workspace" || name.startsWith("workspace-"))
    .map((name) => posix.join(stateDir, name))
    .filter(isDirectory);
}

/** Whether a directory is there, links followed; one that cannot be looked at is not. */
export function isDirectory(path: Path): boolean {
  try {
    const real = realPath(path);
    return real !== undefined && statPath(real)?.type === "dir";
  } catch {
    return false;
  }
}

function listNamed(directory: Path): readonly Path[] | undefined {
  try {
    return listDirectory(directory);
  } catch {
    return undefined;
  }
}
