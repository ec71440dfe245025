import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { type Capture, type CaptureEntry, openCapture } from "../../../lib/capture/index.ts";
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
/** Above what is copied before its turn. */
const LARGE_BYTES = 17 * 2 ** 20;

/** A state directory with a large agent database, and files that are walked before it and after. */
async function openState(): Promise<TempDir> {
  const base = await tempDir();
  mkdirSync(base.join("tmp"));
  for (const path of ["a-first.txt", "workspace/last.txt"]) {
    mkdirSync(dirname(base.join("state", path)), { recursive: true });
    writeFileSync(base.join("state", path), "text");
  }
  mkdirSync(dirname(base.join("state", AGENT)), { recursive: true });
  using database = new DatabaseSync(base.join("state", AGENT));
  database.exec("PRAGMA journal_mode=wal; CREATE TABLE t(n INTEGER PRIMARY KEY, content)");
  database.prepare("INSERT INTO t VALUES (1, zeroblob(?))").run(LARGE_BYTES);
  return base;
}

/** Reads a capture to its end, and does something when its first file has come. */
async function collectAfter(
  capture: Capture,
  state: TempDir,
  onFirst: () => void,
): Promise<CollectedEntry[]> {
  let isFirst = true;
  async function* entries(): AsyncGenerator<CaptureEntry> {
    for await (const entry of capture) {
      if (entry.type === "file" && isFirst) {
        isFirst = false;
        onFirst();
      }
      yield entry;
    }
  }
  const watched = { [Symbol.asyncIterator]: entries } as unknown as Capture;
  return await collect(watched, { stateDir: state.join("state") });
}

function open(state: TempDir, setting: CaptureSetting = {}) {
  return openCapture(
    captureOptions(plainInstallation(state.join("state")), state.join("tmp"), setting),
  );
}

test("a large database is copied before its turn, stands in its place, and leaves nothing behind", async () => {
  await using state = await openState();
  const capture = open(state);
  let copies: readonly string[] = [];
  const entries = await collectAfter(capture, state, () => {
    copies = readdirSync(state.join("tmp"));
  });
  await capture[Symbol.asyncDispose]();
  const files = outline(entries).filter((line) => line.startsWith("file "));
  expect(files).toEqual(["file a-first.txt", `file ${AGENT}`, "file workspace/last.txt"]);
  expect(copies).toHaveLength(1);
  const content = entries.find(({ path }) => path === AGENT)?.content;
  writeFileSync(state.join("copy"), content ?? "");
  using copy = new DatabaseSync(state.join("copy"));
  expect(copy.prepare("SELECT length(content) AS length FROM t").get()).toEqual({
    length: LARGE_BYTES,
  });
  expect(capture.report()).toMatchObject({ databases: 1, omissions: [], degraded: false });
  expect(readdirSync(state.join("tmp"))).toEqual([]);
});

test("what is committed while the copy waits for its turn changes the identity that was noted", async () => {
  await using state = await openState();
  const path = state.join("state", AGENT);
  const identities: (string | undefined)[] = [];
  for (const commits of [true, false]) {
    await using capture = open(state, { identifyDatabases: true });
    const entries = await collectAfter(capture, state, () => {
      if (!commits) return;
      using database = new DatabaseSync(path, { timeout: 10_000 });
      database.prepare("INSERT INTO t (content) VALUES ('later')").run();
    });
    const found = entries.find((each) => each.path === AGENT)?.entry;
    identities.push(found?.type === "file" ? found.database?.identity?.text : undefined);
  }
  expect(identities[0]).toBeDefined();
  expect(identities[1]).not.toBe(identities[0]);
});

test("a database that the earlier backup says it has is not copied", async () => {
  await using state = await openState();
  const asked: string[] = [];
  await using capture = open(state, {
    identifyDatabases: true,
    previous: {
      enter: () => undefined,
      isUnchanged: () => false,
      hasDatabase: (path) => asked.push(path) > 0,
      isUnchangedDatabase: () => true,
    },
  });
  const entries = await collect(capture, { stateDir: state.join("state") });
  expect(entries.find(({ path }) => path === AGENT)?.entry).toMatchObject({ unchanged: true });
  expect(asked).toEqual([state.join("state", AGENT)]);
  expect(readdirSync(state.join("tmp"))).toEqual([]);
});

test("a damaged one counts as damaged in its turn, and stands with its raw bytes", async () => {
  await using state = await openState();
  truncateSync(state.join("state", AGENT), LARGE_BYTES - 2 ** 19);
  await using capture = open(state);
  const entries = await collect(capture, { stateDir: state.join("state") });
  expect(entries.find(({ path }) => path === AGENT)?.entry).toMatchObject({ damaged: true });
  expect(capture.report()).toMatchObject({ degraded: true, omissions: [{ reason: "damaged" }] });
});

test("one that is removed before its turn is not in the backup, and its copy goes", async () => {
  await using state = await openState();
  const capture = open(state);
  const entries = await collectAfter(capture, state, () => rmSync(state.join("state", AGENT)));
  await capture[Symbol.asyncDispose]();
  expect(outline(entries)).not.toContain(`file ${AGENT}`);
  expect(readdirSync(state.join("tmp"))).toEqual([]);
});

test("a capture that is given up in the middle waits for the copy and leaves nothing", async () => {
  await using state = await openState();
  const capture = open(state);
  for await (const entry of capture) if (entry.type === "file") break;
  await capture[Symbol.asyncDispose]();
  expect(readdirSync(state.join("tmp"))).toEqual([]);
});
