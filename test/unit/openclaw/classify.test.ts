import { expect, test } from "vitest";
import { type BackupClass, classify } from "../../../lib/openclaw/index.ts";
import { installation } from "./fixture.ts";

const S = "/h/.openclaw";

const CASES: readonly (readonly [BackupClass, readonly string[]])[] = [
  [
    "config",
    [
      `${S}/openclaw.json`,
      `${S}/openclaw.json.bak.3`,
      `${S}/openclaw.json.last-good`,
      `${S}/parts/gateway.json5`,
      `${S}/config-journal-fingerprint.key`,
      `${S}/clawdbot.json`,
    ],
  ],
  [
    "credentials",
    [
      `${S}/.env`,
      `${S}/secrets.json`,
      `${S}/credentials`,
      `${S}/credentials/whatsapp/default/creds.json`,
      `${S}/agents/main/agent/auth-profiles.json`,
      "/far/agent/auth.json",
      `${S}/agent/auth-state.json`,
    ],
  ],
  ["databases", [`${S}/state`, `${S}/state/openclaw.sqlite`, "/far/agent/openclaw-agent.sqlite"]],
  [
    "sessions",
    [
      `${S}/sessions/2025/a.jsonl`,
      `${S}/agents/main/sessions/sessions.json`,
      `${S}/agents/main/sessions/cold/0a.jsonl.zst`,
      `${S}/agents/main/session-sqlite-import-archive/x.imported-1`,
    ],
  ],
  [
    "workspace",
    [
      `${S}/workspace`,
      `${S}/workspace/MEMORY.md`,
      `${S}/workspace/skills/a/SKILL.md`,
      `${S}/workspace/.git/HEAD`,
      `${S}/workspace-left/notes.md`,
      "/far/work/openclaw.json",
      "/far/work/credentials/x",
    ],
  ],
  [
    "skills",
    [
      `${S}/skills/a/SKILL.md`,
      "/h/.agents/skills/b/SKILL.md",
      `${S}/agents/main/agent/workshop-skills/c/SKILL.md`,
      "/far/agent/workshop-skills/c/SKILL.md",
    ],
  ],
  ["extensions", [`${S}/extensions/demo/index.js`]],
  ["cron", [`${S}/cron/jobs.json`, `${S}/cron/runs/a.jsonl`]],
  [
    "devices",
    [`${S}/identity/device.json`, `${S}/devices/paired.json`, `${S}/push/vapid-keys.json`],
  ],
  ["media", [`${S}/media/outbound/a.jpg`]],
  ["logs", [`${S}/logs/gateway.log`, `${S}/logs/config-audit.jsonl`]],
  [
    "other",
    [
      S,
      `${S}/browser/default/user-data/Local State`,
      `${S}/sandboxes/x`,
      `${S}/audit/system-agent.jsonl`,
      `${S}/agents`,
      `${S}/agents/main`,
      `${S}/agents/main/agent/models.json`,
      "/far/agent",
      "/srv/data/sessions/a.jsonl",
      "/elsewhere/a",
      `${S}/openclaw.jsonx`,
      `${S}/workspaces-of-mine/a`,
    ],
  ],
];

test.each(CASES.flatMap(([expected, paths]) => paths.map((path) => [path, expected] as const)))(
  "%s is %s",
  (path, expected) => expect(classify(installation(), path, false)).toBe(expected),
);

test.each([
  ["the state directory's", `${S}/memory/main.sqlite`, "databases"],
  ["a plugin's in a directory of the state", `${S}/demo/index.sqlite`, "databases"],
  ["an agent's", "/far/agent/extra.sqlite", "databases"],
  ["a session directory's", `${S}/agents/main/sessions/index.sqlite`, "databases"],
  ["a workspace's", `${S}/workspace/app.sqlite`, "workspace"],
  ["an outside workspace's", "/far/work/app.sqlite", "workspace"],
  ["an extension's", `${S}/extensions/demo/data.sqlite`, "extensions"],
  ["a channel's crypto store", `${S}/credentials/matrix/crypto.sqlite`, "credentials"],
  ["an added path's", "/srv/data/x.sqlite", "other"],
] as const)("a database is %s: %s", (_, path, expected) => {
  const credentials = { kind: "credentials", path: `${S}/credentials` } as const;
  const found = installation({ roots: [...installation().roots, credentials] });
  expect(classify(found, path, true)).toBe(expected);
});

test("what lies beside a database for its sake belongs to the database", () => {
  const of = (path: string) => classify(installation(), path, false);
  expect(of("/far/agent/openclaw-agent.sqlite-wal")).toBe("databases");
  expect(of(`${S}/tasks/runs.sqlite-journal`)).toBe("databases");
  expect(of(`${S}/workspace/app.db-shm`)).toBe("workspace");
});

test("an agent's database is one even when its directory lies in a workspace", () => {
  const agentDir = "/far/work/.agent";
  const database = `${agentDir}/openclaw-agent.sqlite`;
  const found = installation({
    agents: [{ agentId: "far", agentDir, workspace: "/far/work" }],
    essentialDatabases: [database],
  });
  expect(classify(found, database, true)).toBe("databases");
  expect(classify(found, `${agentDir}/auth.json`, false)).toBe("credentials");
  expect(classify(found, "/far/work/a.md", false)).toBe("workspace");
});

test("a workspace that is the state directory itself leaves the rest its classes", () => {
  const found = installation({ workspaces: [S] });
  expect(classify(found, `${S}/credentials/x`, false)).toBe("credentials");
  expect(classify(found, `${S}/state/openclaw.sqlite`, true)).toBe("databases");
});
