import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fsPath, type WalkedEntry, walk } from "../../lib/filesystem/index.ts";
import {
  classify,
  type Installation,
  keepGatewayAuth,
  locateInstallation,
  pluginsToReinstall,
  regenerableRule,
  reportRegenerable,
  requiredSchema,
} from "../../lib/openclaw/index.ts";
import { isSqliteHeader } from "../../lib/sqlite/index.ts";
import { openInstallation } from "../helpers/installation.ts";
import { runOpenClaw, runOpenClawJson } from "../helpers/openclaw.ts";
import { describeWith } from "../helpers/parts.ts";
import { run } from "../parts/run.ts";

/** What would be captured, by path. */
function captured(installation: Installation): Map<string, WalkedEntry> {
  const entries = new Map<string, WalkedEntry>();
  for (const root of installation.roots) {
    const filter = ({ path, stat }: WalkedEntry) =>
      regenerableRule(installation, path, stat.type) === undefined;
    for (const entry of walk(root.path, { filter })) entries.set(entry.path, entry);
  }
  return entries;
}

function isDatabase({ path, stat }: WalkedEntry): boolean {
  return stat.type === "file" && isSqliteHeader(readFileSync(fsPath(path)));
}

describeWith(["openclaw", "installation"], "a real state directory", () => {
  test("is captured with all that OpenClaw's own backup holds", async () => {
    await using fixture = await openInstallation();
    const { home, stateDir } = fixture;
    mkdirSync(`${stateDir}/workspace/proj.tmp.d`);
    writeFileSync(`${stateDir}/workspace/proj.tmp.d/a.md`, "dropped by OpenClaw for its name");
    mkdirSync(`${stateDir}/sessions`);
    writeFileSync(`${stateDir}/sessions/old.jsonl`, "the only transcript of an old installation");
    const installation = await locateInstallation({ environment: {}, userHome: home });
    const ours = captured(installation);
    const output = `${home}/native.tar.gz`;
    await runOpenClawJson(["backup", "create", "--output", output], { home });
    const { stdout } = await run("tar", ["tzf", output, "--quoting-style=literal"], {
      cwd: home,
      env: { LC_ALL: "C.UTF-8" },
    });
    const theirs = stdout
      .split("\n")
      .flatMap((name) => /^[^/]+\/payload\/posix(\/.+?)\/?$/.exec(name)?.[1] ?? []);
    expect(theirs.length).toBeGreaterThan(50);
    expect(theirs.filter((path) => !ours.has(path))).toEqual([]);
    expect([...ours.keys()]).toEqual(
      expect.arrayContaining([
        `${stateDir}/workspace/proj.tmp.d/a.md`,
        `${stateDir}/sessions/old.jsonl`,
      ]),
    );
  });

  test("has a class for everything, and little of it is other", async () => {
    await using fixture = await openInstallation();
    const { home, stateDir } = fixture;
    const installation = await locateInstallation({ environment: {}, userHome: home });
    const classes = new Map<string, string[]>();
    for (const entry of captured(installation).values()) {
      if (entry.stat.type === "dir") continue;
      const found = classify(installation, entry.path, isDatabase(entry));
      classes.set(found, [...(classes.get(found) ?? []), entry.path]);
    }
    expect(classes.get("databases")).toEqual(
      expect.arrayContaining([...installation.essentialDatabases]),
    );
    expect(classes.get("workspace")).toEqual(
      expect.arrayContaining([`${stateDir}/workspace/AGENTS.md`, `${home}/research/AGENTS.md`]),
    );
    expect([...classes.keys()]).toEqual(
      expect.arrayContaining(["config", "credentials", "skills", "extensions"]),
    );
    expect((classes.get("other") ?? []).map((path) => path.slice(stateDir.length))).toEqual([
      "/demo-notes/notes.jsonl",
    ]);
  });

  test("tells its schema versions and the plugins that a restore must install again", async () => {
    await using fixture = await openInstallation();
    const { home, stateDir } = fixture;
    const installation = await locateInstallation({ environment: {}, userHome: home });
    const copy = (path: string): string => {
      const target = `${home}/copy-${path.replaceAll("/", "-")}`;
      for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, target + suffix);
      return target;
    };
    const [global = "", main = ""] = installation.essentialDatabases;
    expect(requiredSchema(copy(global))).toEqual({ role: "global", userVersion: 18 });
    expect(requiredSchema(copy(main))).toEqual({ role: "agent", userVersion: 23 });
    const dice = { name: fixture.plugins.npm, version: "1.0.0" };
    expect(pluginsToReinstall(copy(global))).toEqual([{ ...dice, spec: "demo-dice@1.0.0" }]);
    expect(reportRegenerable(installation).plugins).toEqual([
      { ...dice, path: `${stateDir}/npm/projects/${fixture.plugins.npm}` },
    ]);
  });

  test("is still valid to OpenClaw with this host's token in its config, comments and all", async () => {
    await using fixture = await openInstallation();
    const { home, configPath } = fixture;
    const text = readFileSync(configPath, "utf8").replace("{", "{ // mine");
    const reader = { configPath, read: () => text };
    const { edits } = await keepGatewayAuth(reader, { mode: "token", token: "of-this-host" });
    expect(edits).toEqual([
      { path: configPath, text: text.replace(fixture.gatewayToken, "of-this-host") },
    ]);
    writeFileSync(configPath, edits[0]?.text ?? "");
    const { code, stdout } = await runOpenClaw(["config", "validate", "--json"], { home });
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ valid: true })]);
  });
});
