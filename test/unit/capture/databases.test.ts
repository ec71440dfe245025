import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { openCapture, planCapture, resolveScope } from "../../../lib/capture/index.ts";
import {
  type CaptureSetting,
  type CollectedEntry,
  captureOptions,
  collect,
  outline,
  plainInstallation,
} from "../../helpers/plain-installation.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";

const AGENT = "agents/main/agent/openclaw-agent.sqlite";
const GLOBAL = "state/openclaw.sqlite";

interface State extends TempDir {
  /** Makes a database with some rows; left open, so that its log is not written back. */
  make(path: string, mode?: "wal" | "delete"): DatabaseSync;
  file(path: string): string;
}

async function openState(): Promise<State> {
  const base = await tempDir();
  const opened: DatabaseSync[] = [];
  mkdirSync(base.join("tmp"));
  mkdirSync(base.join("state"));
  return {
    ...base,
    file: (path) => base.join("state", path),
    make(path, mode = "wal") {
      mkdirSync(dirname(base.join("state", path)), { recursive: true });
      const database = new DatabaseSync(base.join("state", path));
      opened.push(database);
      database.exec(`PRAGMA journal_mode=${mode}; CREATE TABLE t(n INTEGER PRIMARY KEY, text);
        CREATE TABLE state_leases(id); INSERT INTO state_leases VALUES (1);
        CREATE TABLE child(n REFERENCES t(n))`);
      for (let n = 1; n <= 50; n++) {
        database.prepare("INSERT INTO t VALUES (?, ?)").run(n, "x".repeat(100));
      }
      return database;
    },
    async [Symbol.asyncDispose]() {
      for (const database of opened) if (database.isOpen) database.close();
      await base[Symbol.asyncDispose]();
    },
  };
}

async function capture(state: State, setting: CaptureSetting = {}) {
  const stateDir = state.join("state");
  const options = captureOptions(plainInstallation(stateDir), state.join("tmp"), setting);
  await using running = openCapture(options);
  const entries = await collect(running, { stateDir });
  const lines = outline(entries).filter((line) => !line.startsWith("dir "));
  return { entries, lines, report: running.report(), plan: await planCapture(options) };
}

/** Opens what was captured and asks it something. */
function query(
  state: State,
  entries: readonly CollectedEntry[],
  path: string,
  sql: string,
): unknown {
  const found = entries.find((entry) => entry.path === path);
  const copy = state.join(`copy-${Math.random()}`);
  writeFileSync(copy, found?.content ?? "");
  using database = new DatabaseSync(copy);
  return Object.values(database.prepare(sql).get() ?? {})[0];
}

describe("a database", () => {
  test("is captured with what is still in its log, without sidecars, and leaves no copy behind", async () => {
    await using state = await openState();
    state.make(GLOBAL);
    state.make(AGENT);
    const { entries, lines, report } = await capture(state);
    expect(lines).toEqual([`file ${AGENT}`, `file ${GLOBAL}`]);
    expect(report).toMatchObject({ databases: 2, omissions: [], degraded: false });
    expect(query(state, entries, AGENT, "SELECT count(*) FROM t")).toBe(50);
    expect(query(state, entries, GLOBAL, "PRAGMA journal_mode")).toBe("delete");
    expect(query(state, entries, GLOBAL, "PRAGMA integrity_check")).toBe("ok");
    expect(readdirSync(state.join("tmp"))).toEqual([]);
  });

  test("of OpenClaw's own loses its ephemeral rows in the copy, any other keeps every row", async () => {
    await using state = await openState();
    const live = state.make(GLOBAL);
    state.make("workspace/notes.db");
    const { entries } = await capture(state);
    const sql = "SELECT count(*) FROM state_leases";
    expect(query(state, entries, GLOBAL, sql)).toBe(0);
    expect(query(state, entries, "workspace/notes.db", sql)).toBe(1);
    expect(live.prepare(sql).get()).toEqual({ "count(*)": 1 });
  });

  test("is found by its header, whatever its name", async () => {
    await using state = await openState();
    state.make("workspace/no-extension");
    writeFileSync(
      state.file("workspace/fake.sqlite"),
      "just text, and more than 512 bytes".repeat(40),
    );
    const { entries, report, plan } = await capture(state);
    expect(report.databases).toBe(1);
    expect(plan.databases.map(({ path }) => path)).toEqual([state.file("workspace/no-extension")]);
    const fake = entries.find(({ path }) => path === "workspace/fake.sqlite");
    expect(fake?.content?.toString()).toContain("just text");
  });

  test("keeps its sidecars out, and one without its database is an ordinary file", async () => {
    await using state = await openState();
    state.make("workspace/a.db");
    writeFileSync(state.file("workspace/orphan.db-wal"), "the last copy of something");
    writeFileSync(state.file("workspace/text"), "t");
    writeFileSync(state.file("workspace/text-journal"), "a diary");
    const { lines } = await capture(state);
    expect(lines).toEqual([
      "file workspace/a.db",
      "file workspace/orphan.db-wal",
      "file workspace/text",
      "file workspace/text-journal",
    ]);
  });

  test("with several names is a file of its own under each", async () => {
    await using state = await openState();
    state.make("workspace/a.db", "delete").close();
    linkSync(state.file("workspace/a.db"), state.file("workspace/b.db"));
    const { lines, report } = await capture(state);
    expect(lines).toEqual(["file workspace/a.db", "file workspace/b.db"]);
    expect(report.databases).toBe(2);
  });

  test("larger than a piece arrives byte for byte", async () => {
    await using state = await openState();
    const database = state.make("workspace/big.db");
    const insert = database.prepare("INSERT INTO t VALUES (?, ?)");
    for (let n = 100; n < 4100; n++) insert.run(n, "y".repeat(1000));
    const { entries } = await capture(state);
    expect(entries.find(({ path }) => path.endsWith("big.db"))?.content?.length).toBeGreaterThan(
      4e6,
    );
    expect(query(state, entries, "workspace/big.db", "PRAGMA integrity_check")).toBe("ok");
    expect(query(state, entries, "workspace/big.db", "SELECT count(*) FROM t")).toBe(4050);
  });

  test("keeps its own mode and time", async () => {
    await using state = await openState();
    state.make("workspace/a.db", "delete").close();
    chmodSync(state.file("workspace/a.db"), 0o640);
    const { entries } = await capture(state);
    expect(entries.find(({ path }) => path.endsWith("a.db"))?.entry).toMatchObject({ mode: 0o640 });
  });
});

describe("rules", () => {
  test("cannot leave out a database by its name, its size or the directory above it", async () => {
    await using state = await openState();
    state.make("flows/registry.sqlite");
    state.make("workspace/project/data.db");
    writeFileSync(state.file("workspace/project/notes.md"), "n");
    const { lines, report, plan } = await capture(state, {
      file: { excluded_folders: ["flows", "project"], patterns: ["*.db"], max_file_size: 10 },
    });
    expect(lines).toEqual(["file flows/registry.sqlite", "file workspace/project/data.db"]);
    expect(report.notes.map(({ note }) => note)).toEqual(["rule-overruled", "rule-overruled"]);
    expect(report.notes[0]?.detail).toContain("excluded_folders: flows");
    expect(plan.databases).toHaveLength(2);
    expect(plan.rules).toMatchObject([
      { rule: "excluded_folders: project", excluded: { files: 1, bytes: 1 } },
      { rule: "excluded_folders: flows", excluded: { files: 0 } },
    ]);
  });

  test("can with --force-exclude, sidecars included", async () => {
    await using state = await openState();
    state.make("browser/Cookies");
    state.make("workspace/a.db");
    const { lines, report, plan } = await capture(state, {
      flags: { forceExclude: ["browser/", "*.db"] },
    });
    expect(lines).toEqual([]);
    expect(report).toMatchObject({ omissions: [], degraded: false, notesTotal: 0 });
    expect(plan.rules.map(({ rule }) => rule).toSorted()).toEqual(["*.db", "browser/"]);
  });

  test("leave out what tools fill again whole, without a search for databases", async () => {
    await using state = await openState();
    state.make("workspace/.venv/lib/test.db");
    const { lines } = await capture(state, { file: { excluded_folders: [".venv"] } });
    expect(lines).toEqual([]);
  });

  test("--only-config has no database in it", async () => {
    await using state = await openState();
    state.make(GLOBAL);
    writeFileSync(state.file("openclaw.json"), "{}");
    const { lines, report } = await capture(state, { scope: resolveScope({ onlyConfig: true }) });
    expect(lines).toEqual(["file openclaw.json"]);
    expect(report).toMatchObject({ databases: 0, degraded: false });
  });
});

describe("a database that cannot be captured", () => {
  test("because it is damaged stands with its raw bytes apart, and makes the backup degraded", async () => {
    await using state = await openState();
    state.make(AGENT).close();
    const path = state.file(AGENT);
    const bytes = readFileSync(path);
    bytes.fill(0xff, 100, 3000);
    writeFileSync(path, bytes);
    writeFileSync(`${path}-wal`, "log");
    const { entries, lines, report } = await capture(state);
    expect(lines).toEqual([`file ${AGENT}`, `file ${AGENT}-wal`, `omission ${AGENT}`]);
    expect(entries.find((entry) => entry.path === AGENT)?.entry).toMatchObject({ damaged: true });
    expect(entries.find((entry) => entry.path === AGENT)?.content?.equals(bytes)).toBe(true);
    expect(report).toMatchObject({
      databases: 0,
      degraded: true,
      omissions: [{ reason: "damaged" }],
    });
    expect(readdirSync(state.join("tmp"))).toEqual([]);
  });

  test.each([
    ["is not one at all", (path: string) => writeFileSync(path, "no database".repeat(100))],
    ["has lost its second half", (path: string) => truncateSync(path, 4096 * 2)],
  ])("because OpenClaw's own %s is damaged", async (_, spoil) => {
    await using state = await openState();
    state.make(GLOBAL).close();
    spoil(state.file(GLOBAL));
    const { report, lines } = await capture(state);
    expect(report).toMatchObject({ degraded: true, omissions: [{ reason: "damaged" }] });
    expect(lines).toEqual([`file ${GLOBAL}`, `omission ${GLOBAL}`]);
  });

  test("because a row of OpenClaw's own refers to a missing one counts as damaged, since OpenClaw refuses it", async () => {
    await using state = await openState();
    const database = state.make(GLOBAL);
    database.exec("PRAGMA foreign_keys=OFF; INSERT INTO child VALUES (999)");
    state.make("workspace/own.db").exec("PRAGMA foreign_keys=OFF; INSERT INTO child VALUES (999)");
    const { report, lines } = await capture(state);
    expect(lines).toContain("file workspace/own.db");
    expect(report.omissions).toMatchObject([{ path: state.file(GLOBAL), reason: "damaged" }]);
    expect(report.notes).toMatchObject([
      { path: state.file("workspace/own.db"), note: "database" },
    ]);
    expect(report).toMatchObject({ databases: 1, degraded: true });
  });

  test("because it is locked is left out, or fails the run when that was asked for", async () => {
    await using state = await openState();
    const database = state.make("workspace/a.db", "delete");
    database.exec("BEGIN EXCLUSIVE");
    const { lines, report } = await capture(state, { lockTimeoutMs: 100 });
    expect(lines).toEqual(["omission workspace/a.db"]);
    expect(report).toMatchObject({ degraded: false, omissions: [{ reason: "locked" }] });
    await expect(capture(state, { onLocked: "fail", lockTimeoutMs: 100 })).rejects.toMatchObject({
      code: "source-unreadable",
      message: expect.stringContaining("workspace/a.db"),
      hint: expect.stringMatching(/\w/),
    });
    expect(readdirSync(state.join("tmp"))).toEqual([]);
  });
});

test("two captures in one process do not disturb each other", async () => {
  await using state = await openState();
  state.make(GLOBAL);
  state.make(AGENT);
  const results = await Promise.all([1, 2, 3].map(() => capture(state)));
  for (const { report, lines } of results) {
    expect(report).toMatchObject({ databases: 2, omissions: [], notesTotal: 0 });
    expect(lines).toHaveLength(2);
  }
});

test("a home that is missing ends the run with its cause", async () => {
  await using state = await openState();
  state.make(GLOBAL);
  rmSync(state.join("tmp"), { recursive: true });
  await expect(capture(state)).rejects.toMatchObject({ code: "path-not-found" });
});

test("a database that vanished before its turn is a note", async () => {
  await using state = await openState();
  state.make("workspace/a.db", "delete").close();
  state.make("workspace/b.db", "delete").close();
  copyFileSync(state.file("workspace/b.db"), state.file("workspace/c.db"));
  const stateDir = state.join("state");
  await using running = openCapture(captureOptions(plainInstallation(stateDir), state.join("tmp")));
  const removeNext = () => rmSync(state.file("workspace/b.db"), { force: true });
  const entries = await collect(running, { stateDir, onPiece: removeNext });
  expect(outline(entries).slice(2)).toEqual(["file workspace/a.db", "file workspace/c.db"]);
  expect(running.report()).toMatchObject({ databases: 2, omissions: [], notesTotal: 1 });
});
