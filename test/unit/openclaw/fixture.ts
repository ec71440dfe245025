import type { Installation } from "../../../lib/openclaw/index.ts";

/** An installation that exists only as data: two agents, the second with everything outside. */
export function installation(more: Partial<Installation> = {}): Installation {
  return {
    stateDir: "/h/.openclaw",
    configPath: "/h/.openclaw/openclaw.json",
    configFiles: ["/h/.openclaw/openclaw.json", "/h/.openclaw/parts/gateway.json5"],
    configStatus: "ok",
    credentialsDir: "/h/.openclaw/credentials",
    agents: [
      {
        agentId: "main",
        agentDir: "/h/.openclaw/agents/main/agent",
        workspace: "/h/.openclaw/workspace",
      },
      { agentId: "far", agentDir: "/far/agent", workspace: "/far/work" },
    ],
    workspaces: ["/h/.openclaw/workspace", "/far/work"],
    roots: [
      { kind: "state", path: "/h/.openclaw" },
      { kind: "agent", path: "/far/agent" },
      { kind: "workspace", path: "/far/work" },
      { kind: "managed skill", path: "/h/.agents/skills" },
      { kind: "extra", path: "/srv/data" },
    ],
    notes: [],
    uncovered: [],
    essentialDatabases: [
      "/h/.openclaw/state/openclaw.sqlite",
      "/h/.openclaw/agents/main/agent/openclaw-agent.sqlite",
      "/far/agent/openclaw-agent.sqlite",
    ],
    ...more,
  };
}
