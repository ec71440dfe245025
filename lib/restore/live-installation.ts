import type { Path } from "../filesystem/index.ts";
import type { Installation } from "../openclaw/index.ts";
import { join } from "./layout/index.ts";

/** The installation as it was found, or, where nothing could be made out, the layout that OpenClaw uses by default. */
export function installationAt(found: Installation | undefined, stateDir: Path): Installation {
  if (found !== undefined) return found;
  const configPath = join(stateDir, "openclaw.json");
  const agentDir = join(stateDir, "agents/main/agent");
  const workspace = join(stateDir, "workspace");
  return {
    stateDir,
    configPath,
    configFiles: [configPath],
    configStatus: "missing",
    credentialsDir: join(stateDir, "credentials"),
    agents: [{ agentId: "main", agentDir, workspace }],
    workspaces: [workspace],
    roots: [{ kind: "state", path: stateDir }],
    notes: [],
    uncovered: [],
    essentialDatabases: [
      join(stateDir, "state/openclaw.sqlite"),
      join(agentDir, "openclaw-agent.sqlite"),
    ],
  };
}
