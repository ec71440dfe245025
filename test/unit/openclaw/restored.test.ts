import { describe, expect, test } from "vitest";
import {
  channelsToReconnect,
  recoveryReport,
  restoreWarnings,
} from "../../../lib/openclaw/index.ts";

describe("warnings of a restore", () => {
  test("name channels whose keys have moved on, by their files or the config", () => {
    const contents = {
      paths: [
        "credentials/whatsapp/default/creds.json",
        "workspace/a.md",
        "credentials/telegram.json",
      ],
      config: { channels: { matrix: {}, signal: { enabled: false }, telegram: {} } },
    };
    expect(channelsToReconnect(contents)).toEqual(["matrix", "whatsapp"]);
    expect(restoreWarnings(contents)).toEqual([
      expect.stringMatching(/^Matrix may refuse/),
      expect.stringMatching(/^WhatsApp may refuse/),
    ]);
  });

  test("tell of approvals and cron jobs when databases go back in time", () => {
    const warnings = restoreWarnings({ paths: ["state/openclaw.sqlite"] });
    expect(warnings.join("\n")).toMatch(/approvals[\s\S]*cron jobs/);
  });

  test("name the plugins to install again", () => {
    const plugins = [{ name: "dice", version: "1.0.0" }];
    expect(restoreWarnings({ paths: [], plugins })).toEqual([
      "the plugin dice 1.0.0 must be installed again",
    ]);
  });

  test("are none for a workspace alone, whatever its config looks like", () => {
    expect(
      restoreWarnings({ paths: ["workspace/credentials/whatsapp/x"], config: "broken" }),
    ).toEqual([]);
  });
});

describe("the report for the agent", () => {
  const facts = {
    backup: {
      id: "20261121T030000Z-k3f9xq",
      name: "before update",
      createdAt: "2026-11-21T03:00:00.000Z",
    },
    source: "backup 20261121T030000Z-k3f9xq in storage s3",
    now: new Date("2026-11-21T10:00:00Z"),
    agents: ["main", "research"],
    restored: { files: 12, bytes: 3456 },
    warnings: ["w"],
    channels: ["whatsapp"],
    preRestore: "/h/.openclaw.pre-restore-1",
  };

  test("says what was restored, from when, and in which language to tell it", () => {
    const userText = "# User\n\n- Name: Example\n- **Language:** Deutsch\n";
    expect(recoveryReport({ ...facts, userText })).toEqual({
      schemaVersion: 1,
      restoredAt: "2026-11-21T10:00:00.000Z",
      backup: {
        id: "20261121T030000Z-k3f9xq",
        name: "before update",
        createdAt: "2026-11-21T03:00:00.000Z",
        source: "backup 20261121T030000Z-k3f9xq in storage s3",
      },
      agents: ["main", "research"],
      restored: { files: 12, bytes: 3456 },
      reconnect: ["whatsapp"],
      warnings: ["w"],
      preRestore: "/h/.openclaw.pre-restore-1",
      language: "Deutsch",
      instructions: expect.stringMatching(/in Deutsch.*then delete this file/),
    });
  });

  test("leaves the language to the agent when USER.md names none", () => {
    const report = recoveryReport({ ...facts, backup: undefined, preRestore: undefined });
    expect(report).toMatchObject({ language: null, preRestore: null, backup: { id: null } });
    expect(report.instructions).toContain("see USER.md");
  });

  test.each([
    ["- Language: English (UK)", "English (UK)"],
    ["**Preferred language**: Français", "Français"],
    ["语言:中文", "中文"],
    ["Sprache = Deutsch", "Deutsch"],
    ["<!-- x -->\n- Always answer in German, briefly.", "German"],
    ["- Reply to me in Brazilian", "Brazilian"],
    ["- Prefer concise progress updates during implementation work.", null],
    ["Programming language server: yes", null],
    [`Language: ${"x".repeat(50)}`, null],
    ['Language: "; rm -rf /\u202e`$(x)`', "rm -rf /(x)"],
    ["- Answer in detail.", null],
    ["", null],
  ])("reads %j as %j", (userText, language) => {
    expect(recoveryReport({ ...facts, userText }).language).toBe(language);
  });
});
