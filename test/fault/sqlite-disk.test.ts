import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { captureDatabase, queryDatabase } from "../../lib/sqlite/index.ts";
import { startWriter } from "../helpers/database-writer.ts";
import { canMount, type Mount, readOnlyView, smallDisk } from "../helpers/mounts.ts";
import { tempDir } from "../helpers/temp-dir.ts";

/** Makes a database of about 8 MB whose rows stand in its log only, and stops as a crash would: the log's index is lost. */
function makeCrashed(path: string): void {
  const live = new DatabaseSync(`${path}-live`);
  live.exec("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(b)");
  live.exec("INSERT INTO t VALUES (zeroblob(8000000))");
  for (const suffix of ["", "-wal"]) copyFileSync(`${path}-live${suffix}`, path + suffix);
  live.close();
  rmSync(`${path}-live`);
}

function remountReadOnly(disk: Mount): void {
  execFileSync("mount", ["-o", "remount,ro", disk.path]);
}

describe.skipIf(!canMount)("capturing a database (needs root)", () => {
  it("works on a read-only disk with a log and no index, and on one with neither", async () => {
    await using disk = await smallDisk(40_000);
    await using temp = await tempDir();
    makeCrashed(`${disk.path}/crashed`);
    makeCrashed(`${disk.path}/closed`);
    const closed = new DatabaseSync(`${disk.path}/closed`);
    closed.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    closed.close();
    remountReadOnly(disk);
    const before = readdirSync(disk.path).sort();
    expect(before).toEqual(["closed", "crashed", "crashed-wal"]);
    for (const name of ["crashed", "closed"]) {
      const captured = await captureDatabase(`${disk.path}/${name}`, temp.join(name));
      expect(captured).toMatchObject({ findings: [], sourceJournalMode: "wal" });
      expect(captured.sizeBytes).toBeGreaterThan(8_000_000);
    }
    expect(readdirSync(temp.path).sort()).toEqual(["closed", "crashed"]);
  });

  it("works through a read-only mount while a program writes outside it", async () => {
    await using temp = await tempDir();
    await using volume = await tempDir();
    await using view = await readOnlyView(volume.path);
    for (const journalMode of ["wal", "delete"] as const) {
      await using writer = await startWriter(volume.join(journalMode), { journalMode, busy: true });
      await delay(200);
      const before = Number(await writer.tell("count"));
      const copy = temp.join(journalMode);
      const captured = await captureDatabase(`${view.path}/${journalMode}`, copy);
      expect(captured.findings).toEqual([]);
      const [row] = queryDatabase(copy, "SELECT max(n) + 1 AS n, count(*) AS rows FROM log");
      expect(Number(row?.n)).toBeGreaterThanOrEqual(before - 1);
      expect(Number(row?.rows)).toBe(Number(row?.n) * 5);
    }
  });

  it("fails with no-space before it writes, when the copy does not fit", async () => {
    await using disk = await smallDisk(10_000);
    await using temp = await tempDir();
    makeCrashed(temp.join("s"));
    const capture = captureDatabase(temp.join("s"), `${disk.path}/copy`);
    await expect(capture).rejects.toMatchObject({
      code: "source-unreadable",
      details: { reason: "no-space" },
    });
    expect(readdirSync(disk.path)).toEqual([]);
  });

  it("fails with no-space, and cleans up, when others take the space meanwhile", async () => {
    await using disk = await smallDisk(60_000);
    await using temp = await tempDir();
    const live = new DatabaseSync(temp.join("s"));
    live.exec("CREATE TABLE t(b); INSERT INTO t VALUES (zeroblob(45000000))");
    live.close();
    mkdirSync(`${disk.path}/d`);
    const capture = captureDatabase(temp.join("s"), `${disk.path}/d/copy`, {
      onProgress: () =>
        execFileSync("sh", ["-c", `head -c 40000000 /dev/zero > ${disk.path}/other || true`]),
    });
    await expect(capture).rejects.toMatchObject({ details: { reason: "no-space" } });
    expect(readdirSync(`${disk.path}/d`)).toEqual([]);
  });
});
