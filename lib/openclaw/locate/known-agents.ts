import type { Path } from "../../filesystem/index.ts";
import type { ConfigObject, ConfigTree } from "../config/index.ts";
import {
  agentsOnDisk,
  configuredAgents,
  isDirectory,
  type KnownAgent,
  workspacesOnDisk,
} from "./agents.ts";
import { registeredAgents } from "./global-database.ts";
import { unique } from "./paths.ts";
import type { ResolvedSettings } from "./settings.ts";

/** What is known of the agents, paths not resolved. */
export interface Known {
  readonly agents: readonly KnownAgent[];
  readonly workspaces: readonly Path[];
}

/**
 * The configured agents. Unless the config is whole, also the agents that are on disk or registered in the global database, and
 * every workspace in the state directory.
 */
export function knownAgents(
  config: ConfigObject,
  status: ConfigTree["status"],
  settings: ResolvedSettings,
): Known {
  const { stateDir } = settings;
  const configured = configuredAgents(config, settings);
  if (status === "ok") {
    return { agents: configured, workspaces: unique(configured.map(({ workspace }) => workspace)) };
  }
  const onDisk = workspacesOnDisk(stateDir);
  const registered = registeredAgents(stateDir).map((one) => ({
    ...one,
    workspace: settings.defaultWorkspace,
  }));
  const others = [...agentsOnDisk(stateDir, onDisk), ...registered].filter(({ agentDir }) =>
    isDirectory(agentDir),
  );
  const agents = new Map<Path, KnownAgent>();
  for (const agent of [...configured, ...others]) {
    if (!agents.has(agent.agentDir)) agents.set(agent.agentDir, agent);
  }
  const workspaces = configured.map(({ workspace }) => workspace).filter(isDirectory);
  return { agents: [...agents.values()], workspaces: unique([...workspaces, ...onDisk]) };
}
