import { mkdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, writeTree } from "../../helpers/tree.ts";
import { locate, makeState, WORKSPACE } from "./make-state.ts";

describe("a config that is broken or missing", () => {
  test.each([
    ["is missing", undefined, "missing", "does not exist"],
    [
      "is cut off",
      '{ agents: { entries: { main: { workspace: "/w"',
      "broken",
      "the config is broken",
    ],
    ["is not UTF-8 text", "\u0000\ufffd", "broken", "the config is broken"],
    ["includes a file that is gone", '{ $include: "gone.json" }', "broken", "does not exist"],
    ["is huge", `{"a":"${"x".repeat(3_000_000)}"}`, "broken", "larger than 2.10 MB"],
  ])("does not stop the search when it %s", async (_, config, status, words) => {
    await using home = await tempDir();
    const stateDir = makeState(home, config, {
      "workspace-research": WORKSPACE,
      agents: dir({
        main: dir({ agent: dir({ "openclaw-agent.sqlite": file("x") }) }),
        research: dir({ agent: dir() }),
        empty: dir({ sessions: dir() }),
      }),
    });
    const found = await locate(home);
    expect(found.configStatus).toBe(status);
    expect(found.notes[0]).toContain(words);
    expect(found.notes[0]).toContain("the layout on disk");
    expect(found.agents.map(({ agentId }) => agentId)).toEqual(["main", "research"]);
    expect(found.workspaces).toEqual([`${stateDir}/workspace`, `${stateDir}/workspace-research`]);
    expect(found.essentialDatabases).toEqual([
      `${stateDir}/agents/main/agent/openclaw-agent.sqlite`,
    ]);
  });

  test("is stood in for by the copy that OpenClaw keeps, so that outside workspaces are not lost", async () => {
    await using home = await tempDir();
    const good = JSON.stringify({ agents: { defaults: { workspace: home.join("out") } } });
    makeState(home, "{ broken", {
      "openclaw.json.last-good": file(good),
      "openclaw.json.bak": file("{}"),
    });
    writeTree(home.path, { out: dir() });
    const found = await locate(home);
    expect(found.configStatus).toBe("broken");
    expect(found.workspaces).toEqual([home.join("out"), home.join(".openclaw/workspace")]);
    expect(found.notes[0]).toContain("openclaw.json.last-good");
  });

  test("may hold bytes that are not UTF-8, in a path too", async () => {
    await using home = await tempDir();
    const stateDir = makeState(home, undefined);
    const config = Buffer.from(
      '{ agents: { defaults: { workspace: "/w\xff\xfe" } } /* \xe9 */ }',
      "latin1",
    );
    writeTree(stateDir, { "openclaw.json": file(config) });
    const found = await locate(home);
    expect(found.configStatus).toBe("ok");
    expect(found.notes).toEqual(["the workspace directory /w\ufffd\ufffd does not exist"]);
  });

  test("keeps what can be read of it", async () => {
    await using home = await tempDir();
    const config = { $include: "gone.json", agents: { defaults: { workspace: home.join("out") } } };
    makeState(home, config);
    writeTree(home.path, { out: dir() });
    expect((await locate(home)).workspaces).toContain(home.join("out"));
  });

  test("does not mind a directory or a fifo in its place", async () => {
    await using home = await tempDir();
    const stateDir = makeState(home, undefined);
    mkdirSync(`${stateDir}/openclaw.json`);
    expect(await locate(home)).toMatchObject({ configStatus: "broken", stateDir });
  });
});

describe("paths that nothing covers", () => {
  test("are named with the place in the config that mentions them", async () => {
    await using home = await tempDir();
    const stateDir = makeState(home, {
      plugins: { load: { paths: [home.join("plugin"), "~/gone"] } },
      tools: {
        script: "~/bin/run.sh",
        inside: home.join(".openclaw/workspace/x"),
        url: "/v1/chat",
      },
      system: "/usr/bin/env",
    });
    writeTree(home.path, { plugin: dir(), bin: dir({ "run.sh": file() }) });
    expect((await locate(home)).uncovered).toEqual([
      { path: home.join("bin/run.sh"), mentionedIn: "tools.script" },
      { path: home.join("plugin"), mentionedIn: "plugins.load.paths[0]" },
    ]);
    expect(stateDir).toBeDefined();
  });

  test("are found in cron commands of the database and of the older file", async () => {
    await using home = await tempDir();
    const jobs = {
      jobs: [{ name: "old", payload: { message: `run ${home.join("old.sh")}, please` } }],
    };
    const stateDir = makeState(
      home,
      {},
      { cron: dir({ "jobs.json": file(JSON.stringify(jobs)) }) },
    );
    writeTree(home.path, { "old.sh": file(), "new.sh": file(), data: dir() });
    const db = new DatabaseSync(`${stateDir}/state/openclaw.sqlite`);
    db.exec("CREATE TABLE cron_jobs (name TEXT, job_json TEXT)");
    const command = ["sh", "-lc", `${home.join("new.sh")} --in="${home.join("data")}" > /dev/null`];
    const insert = db.prepare("INSERT INTO cron_jobs VALUES (?, ?)");
    insert.run("nightly", JSON.stringify({ payload: { kind: "command", argv: command } }));
    insert.run("broken", "{");
    db.close();
    expect((await locate(home)).uncovered).toEqual([
      { path: home.join("data"), mentionedIn: "cron job nightly" },
      { path: home.join("new.sh"), mentionedIn: "cron job nightly" },
      { path: home.join("old.sh"), mentionedIn: "cron job old" },
    ]);
  });

  test("may hide in a damaged database, which stops nothing", async () => {
    await using home = await tempDir();
    const stateDir = makeState(home, "{ broken", {
      cron: dir({ "jobs.json": file('{"jobs": {"length": 1e9}}') }),
    });
    writeTree(`${stateDir}/state`, { "openclaw.sqlite": file("SQLite format 3\0 not really") });
    expect((await locate(home)).uncovered).toEqual([]);
  });
});

test("the log of an emptied database is not lost by looking into it", async () => {
  await using home = await tempDir();
  const stateDir = makeState(home, "{ broken");
  writeTree(`${stateDir}/state`, {
    "openclaw.sqlite": file(),
    "openclaw.sqlite-wal": file("all that is left"),
  });
  await locate(home);
  expect(readFileSync(`${stateDir}/state/openclaw.sqlite-wal`, "utf8")).toBe("all that is left");
});

test("agents outside a broken config are found by the global database's register", async () => {
  await using home = await tempDir();
  const stateDir = makeState(home, "{ broken");
  writeTree(home.path, { far: dir({ agent: dir({ "openclaw-agent.sqlite": file("x") }) }) });
  const db = new DatabaseSync(`${stateDir}/state/openclaw.sqlite`);
  db.exec("CREATE TABLE agent_databases (agent_id TEXT, path TEXT)");
  const insert = db.prepare("INSERT INTO agent_databases VALUES (?, ?)");
  insert.run("far", home.join("far/agent/openclaw-agent.sqlite"));
  insert.run("gone", "agents/gone/agent/openclaw-agent.sqlite");
  db.close();
  const found = await locate(home);
  expect(found.roots).toContainEqual({ kind: "agent", path: home.join("far/agent") });
  expect(found.essentialDatabases).toContain(home.join("far/agent/openclaw-agent.sqlite"));
});
