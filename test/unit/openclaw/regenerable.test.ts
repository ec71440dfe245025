import { describe, expect, test } from "vitest";
import type { FileType } from "../../../lib/filesystem/index.ts";
import { type Installation, regenerableRule } from "../../../lib/openclaw/index.ts";
import { installation } from "./fixture.ts";

const S = "/h/.openclaw";
const rule = (path: string, type: FileType = "file", found: Installation = installation()) =>
  regenerableRule(found, path, type)?.rule;

describe("what can be made again", () => {
  test.each([
    [`${S}/tmp`, "dir", "tmp"],
    [`${S}/tmp/openclaw-0/gateway.state.lock`, "file", "tmp"],
    [`${S}/plugin-skills`, "dir", "plugin-skills"],
    [`${S}/npm`, "dir", "npm"],
    [`${S}/npm/projects/a/package.json`, "file", "npm"],
    [`${S}/npm-runtime`, "dir", "npm-runtime"],
    [`${S}/git`, "dir", "git"],
    [`${S}/dev/openclaw/.git/HEAD`, "file", "dev"],
    [`${S}/tools`, "dir", "tools"],
    [`${S}/cache/control-ui-assets`, "dir", "cache/control-ui-assets"],
    [`${S}/cache/control-ui-assets/a/b.js`, "file", "cache/control-ui-assets"],
    [`${S}/sandbox/skills-workspaces`, "dir", "sandbox/skills-workspaces"],
    [`${S}/extensions/demo/node_modules`, "dir", "node_modules"],
    [`${S}/node_modules`, "dir", "node_modules"],
    ["/far/work/app/node_modules/x/index.js", "file", "node_modules"],
    [`${S}/agents/main/agent/tmp`, "dir", "agent tmp"],
    [`${S}/agents/main/agent/a/.tmp/b`, "file", "agent tmp"],
    [`${S}/agents/gone/agent/tmp`, "dir", "agent tmp"],
    [`${S}.update-captures`, "dir", "update captures"],
    [`${S}.update-captures/1/openclaw.json`, "file", "update captures"],
    [`${S}/x/.openclaw-private-update-capture`, "file", "update captures"],
    [`${S}/run/gateway.sock`, "socket", "sockets"],
    [`${S}/gateway.pid`, "file", "pid files"],
    [`${S}/browser/default/user-data/SingletonLock`, "symlink", "browser locks"],
    [`${S}/delivery-queue/1.json`, "file", "delivery queue"],
    [`${S}/session-delivery-queue/a/1.delivered`, "file", "delivery queue"],
    [
      `${S}/agents/main/agent/openclaw-agent.sqlite.generation-lock.sqlite`,
      "file",
      "database locks",
    ],
    ["/far/agent/openclaw-agent.sqlite.generation-writer.sqlite-journal", "file", "database locks"],
    [`${S}/state/openclaw.sqlite.reindex-lock.sqlite`, "file", "database locks"],
    [
      `${S}/memory/main.sqlite.memory-reindex-01234567-89ab-cdef-0123-456789abcdef-wal`,
      "file",
      "database locks",
    ],
  ] as const)("%s (%s): %s", (path, type, expected) => expect(rule(path, type)).toBe(expected));
});

describe("what stays in", () => {
  test.each([
    // Old installations keep their only transcripts here; OpenClaw's own backup drops them.
    [`${S}/sessions/a.jsonl`, "file"],
    [`${S}/agents/main/sessions/b.jsonl`, "file"],
    [`${S}/cron/runs/c.jsonl`, "file"],
    // A name condemns nothing outside temporary directories.
    [`${S}/workspace/note.tmp.md`, "file"],
    [`${S}/workspace/proj.tmp.d`, "dir"],
    [`${S}/workspace/c.tmp`, "dir"],
    [`${S}/workspace/tmp`, "dir"],
    [`${S}/workspace/tools`, "dir"],
    [`${S}/workspace/app.pid`, "file"],
    [`${S}/workspace/a.sqlite.reindex-lock.sqlite`, "file"],
    [`${S}/workspace/.git`, "dir"],
    [`${S}/workspace/node_modules`, "symlink"],
    [`${S}/workspace/node_modules`, "file"],
    ["/far/work/tmp", "dir"],
    ["/far/work/npm", "dir"],
    ["/srv/data/git", "dir"],
    // Not a directory that OpenClaw made.
    [`${S}/git`, "symlink"],
    [`${S}/npm`, "file"],
    [`${S}/agents/main/agent/tmp`, "file"],
    ["/far/agent/tmp", "dir"],
    [`${S}/cache`, "dir"],
    [`${S}/cache/other`, "dir"],
    [`${S}/sandbox`, "dir"],
    [`${S}/extensions/demo`, "dir"],
    [`${S}/tmpfiles`, "dir"],
    [`${S}/delivery-queue`, "dir"],
    [`${S}/credentials/node_modules.json`, "file"],
    [`${S}/openclaw.json.tmp.1`, "file"],
    [S, "dir"],
    ["/elsewhere/node_modules/x", "file"],
  ] as const)("%s (%s)", (path, type) => expect(rule(path, type)).toBeUndefined());

  test("a workspace, agent or config in a directory that would be left out, with all on the way to it", () => {
    const found = installation({
      workspaces: [`${S}/dev/team/ws`, "/x/node_modules/ws"],
      agents: [{ agentId: "a", agentDir: `${S}/tools/agent-a`, workspace: `${S}/dev/team/ws` }],
      configFiles: [`${S}/git/settings/openclaw.json`],
      roots: [
        { kind: "state", path: S },
        { kind: "workspace", path: "/x/node_modules/ws" },
      ],
    });
    const of = (path: string, type: FileType = "dir") => rule(path, type, found);
    for (const kept of [
      `${S}/dev`,
      `${S}/dev/team`,
      `${S}/dev/team/ws`,
      `${S}/dev/team/ws/tmp`,
      `${S}/tools`,
      `${S}/tools/agent-a`,
      `${S}/tools/agent-a/tmp`,
      `${S}/git/settings`,
      "/x/node_modules/ws",
    ]) {
      expect([kept, of(kept)]).toEqual([kept, undefined]);
    }
    expect(of(`${S}/git/settings/openclaw.json`, "file")).toBeUndefined();
    expect(of("/x/node_modules/ws/a.md", "file")).toBeUndefined();
    expect(of(`${S}/dev/other`)).toBe("dev");
    expect(of(`${S}/dev/team/other`)).toBe("dev");
    expect(of(`${S}/git/settings/other.json`, "file")).toBe("git");
    expect(of("/x/node_modules/ws/node_modules")).toBe("node_modules");
  });
});
