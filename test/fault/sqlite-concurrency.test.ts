import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { captureDatabase, provesUnused } from "../../lib/sqlite/index.ts";
import { startWriter } from "../helpers/database-writer.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

/** Checks that a copy holds whole transactions 0 to n and nothing else; gives n + 1. */
function transactionsIn(path: string): number {
  const copy = new DatabaseSync(path, { readOnly: true });
  try {
    expect(copy.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
    const row = copy
      .prepare(
        "SELECT count(*) AS n, count(DISTINCT n) AS t, coalesce(max(n), -1) AS last FROM log",
      )
      .get();
    expect(row).toEqual({ n: Number(row?.t) * 5, t: Number(row?.last) + 1, last: row?.last });
    return Number(row?.t);
  } finally {
    copy.close();
  }
}

/** Whether another connection of another process may start writing now. */
async function canWrite(path: string): Promise<boolean> {
  const { spawnSync } = await import("node:child_process");
  const script = `
    const { DatabaseSync } = require("node:sqlite");
    const database = new DatabaseSync(${JSON.stringify(path)}, { timeout: 0 });
    try { database.exec("BEGIN IMMEDIATE"); } catch { process.exit(5); }`;
  const { status } = spawnSync(process.execPath, ["-e", script]);
  return status === 0;
}

async function captureRepeatedly(temp: TempDir, rounds: number): Promise<number[]> {
  const counts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const copy = temp.join(`copy-${round}`);
    const { findings } = await captureDatabase(temp.join("s"), copy);
    expect(findings).toEqual([]);
    counts.push(transactionsIn(copy));
  }
  return counts;
}

describe.each(["wal", "delete"] as const)(
  "while another process writes in %s mode",
  (journalMode) => {
    it("every capture ends, is sound, and holds what was committed when it began", async () => {
      await using temp = await tempDir();
      await using writer = await startWriter(temp.join("s"), { journalMode, busy: true });
      await delay(300);
      const before = Number(await writer.tell("count"));
      const counts = await captureRepeatedly(temp, 10);
      const after = Number(await writer.tell("count"));
      // How much it writes meanwhile depends on the machine; that it goes on does not.
      await expect.poll(() => writer.tell("count"), { timeout: 10_000 }).not.toBe(String(after));
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(counts[0]).toBeGreaterThanOrEqual(before);
      expect(counts.at(-1)).toBeLessThanOrEqual(after);
    });

    it("its lock survives a capture", async () => {
      await using temp = await tempDir();
      await using writer = await startWriter(temp.join("s"), { journalMode, busy: true });
      await delay(100);
      await writer.tell("hold-immediate");
      expect(await canWrite(temp.join("s"))).toBe(false);
      const counts = await captureRepeatedly(temp, 2);
      expect(counts[0]).toBe(counts[1]);
      expect(await canWrite(temp.join("s"))).toBe(false);
      await writer.tell("release");
      await delay(50);
      expect(Number(await writer.tell("count"))).toBeGreaterThan(Number(counts[0]));
    });
  },
);

describe("while another process holds a database", () => {
  it("in write-ahead mode the log stays, also when we close last", async () => {
    await using temp = await tempDir();
    await using writer = await startWriter(temp.join("s"), { journalMode: "wal", busy: true });
    await delay(200);
    await writer.tell("hold-immediate");
    const [main, wal] = [statSync(temp.join("s")), statSync(temp.join("s-wal"))];
    expect(wal.size).toBeGreaterThan(0);
    await captureDatabase(temp.join("s"), temp.join("copy-1"));
    await writer.kill();
    await captureDatabase(temp.join("s"), temp.join("copy-2"));
    const isSame = (a: { mtimeMs: number; size: number }, b: typeof a) =>
      a.mtimeMs === b.mtimeMs && a.size === b.size;
    expect(isSame(statSync(temp.join("s")), main)).toBe(true);
    expect(isSame(statSync(temp.join("s-wal")), wal)).toBe(true);
    expect(transactionsIn(temp.join("copy-1"))).toBe(transactionsIn(temp.join("copy-2")));
  });

  it("in write-ahead mode an exclusive transaction of it does not stop us", async () => {
    await using temp = await tempDir();
    await using writer = await startWriter(temp.join("s"), { journalMode: "wal" });
    await writer.tell("hold-exclusive");
    await captureDatabase(temp.join("s"), temp.join("copy"), { lockTimeoutMs: 0 });
    expect(transactionsIn(temp.join("copy"))).toBe(0);
  });

  it("exclusively in rollback mode, a capture waits until its limit, and says that it is locked", async () => {
    await using temp = await tempDir();
    await using writer = await startWriter(temp.join("s"), { journalMode: "delete" });
    await writer.tell("hold-exclusive");
    const capture = (lockTimeoutMs: number) =>
      captureDatabase(temp.join("s"), temp.join("copy"), { lockTimeoutMs });
    await expect(capture(300)).rejects.toMatchObject({
      code: "source-unreadable",
      details: { reason: "locked" },
    });
    expect(existsSync(temp.join("copy"))).toBe(false);
    const waiting = capture(20_000);
    await delay(100);
    await writer.tell("release");
    expect((await waiting).findings).toEqual([]);
  });

  it("a capture that waits for it can be cancelled, and does not stop the event loop", async () => {
    await using temp = await tempDir();
    await using writer = await startWriter(temp.join("s"), { journalMode: "delete" });
    await writer.tell("hold-exclusive");
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 150);
    const { signal } = controller;
    await expect(
      captureDatabase(temp.join("s"), temp.join("copy"), { signal, lockTimeoutMs: 60_000 }),
    ).rejects.toMatchObject({ code: "cancelled" });
    expect(existsSync(temp.join("copy"))).toBe(false);
  });
});

describe("provesUnused", () => {
  it("sees an idle connection in write-ahead mode, and that it is gone, and writes nothing", async () => {
    await using temp = await tempDir();
    await using writer = await startWriter(temp.join("s"), { journalMode: "wal", busy: true });
    await delay(100);
    await writer.tell("hold-immediate");
    expect(provesUnused(temp.join("s"))).toBe(false);
    expect(provesUnused(temp.join("s"), temp.path)).toBe(false);
    await writer.kill();
    const facts = () => ["", "-wal"].map((suffix) => statSync(temp.join(`s${suffix}`)));
    const before = facts().map(({ mtimeMs, size }) => ({ mtimeMs, size }));
    expect(before[1]?.size).toBeGreaterThan(0);
    const directory = statSync(temp.path).mtimeMs;
    expect(provesUnused(temp.join("s"))).toBe(true);
    expect(facts().map(({ mtimeMs, size }) => ({ mtimeMs, size }))).toEqual(before);
    expect(statSync(temp.path).mtimeMs).toBe(directory);
  });

  it("sees a transaction in rollback mode", async () => {
    await using temp = await tempDir();
    await using writer = await startWriter(temp.join("s"), { journalMode: "delete" });
    expect(provesUnused(temp.join("s"))).toBe(true);
    await writer.tell("hold-immediate");
    expect(provesUnused(temp.join("s"))).toBe(false);
  });
});
