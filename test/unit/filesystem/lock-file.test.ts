import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../lib/base/index.ts";
import { lockFile } from "../../../lib/filesystem/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const FACE = new URL("../../../lib/filesystem/index.ts", import.meta.url).href;

describe("lockFile", () => {
  it("is held by one, and free again when it is disposed", async () => {
    await using temp = await tempDir();
    {
      await using _lock = await lockFile(temp.join("run.lock"));
      await expect(lockFile(temp.join("run.lock"))).rejects.toMatchObject({
        code: "job-running",
        details: { pid: process.pid, since: expect.stringMatching(/^20\d\d-/) },
      });
      await using _other = await lockFile(temp.join("other.lock"));
    }
    await using _again = await lockFile(temp.join("run.lock"));
    expect(readdirSync(temp.path)).toHaveLength(1);
  });

  it("passes over the lock of a process that was killed", async () => {
    await using temp = await tempDir();
    const script = `
      const { lockFile } = await import(${JSON.stringify(FACE)});
      await lockFile(${JSON.stringify(temp.join("run.lock"))});
      process.kill(process.pid, "SIGKILL");`;
    spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(readdirSync(temp.path)).toHaveLength(1);
    await using _lock = await lockFile(temp.join("run.lock"));
    expect(readdirSync(temp.path)).toHaveLength(1);
  });

  it("waits for a lock of another host for ten minutes of its silence only, and says what to remove", async () => {
    await using temp = await tempDir();
    const ticket = temp.join("run.lock.77-88-00000000-0123abcd");
    writeFileSync(ticket, JSON.stringify({ pid: 77, host: "far", since: "2026-11-20T00:00:00Z" }));
    const error = await lockFile(temp.join("run.lock")).catch((caught) => caught);
    expect(error).toMatchObject({ code: "job-running", details: { pid: 77, host: "far" } });
    expect(error.hint).toContain(ticket);
    const longAgo = systemClock.now().getTime() / 1000 - 700;
    utimesSync(ticket, longAgo, longAgo);
    await using _lock = await lockFile(temp.join("run.lock"));
    expect(existsSync(ticket)).toBe(false);
  });

  it("takes names that are not its own, and spoiled tickets, for what they are", async () => {
    await using temp = await tempDir();
    writeFileSync(temp.join("run.lock.bak"), "");
    writeFileSync(temp.join("run.lock"), "");
    {
      await using _lock = await lockFile(temp.join("run.lock"));
      const own = readdirSync(temp.path).find((name) => /lock\.\d/.test(name)) ?? "";
      writeFileSync(temp.join(own), "{ half a tick");
      await expect(lockFile(temp.join("run.lock"))).rejects.toMatchObject({ code: "job-running" });
    }
    expect(readdirSync(temp.path).sort()).toEqual(["run.lock", "run.lock.bak"]);
  });

  it("is never held by two of many processes that race for it", async () => {
    await using temp = await tempDir();
    const script = `
      const { lockFile } = await import(${JSON.stringify(FACE)});
      const { openSync, closeSync, rmSync } = await import("node:fs");
      const inside = ${JSON.stringify(temp.join("inside"))};
      let held = 0;
      for (let i = 0; i < 40; i++) {
        try {
          await using lock = await lockFile(${JSON.stringify(temp.join("run.lock"))});
          closeSync(openSync(inside, "wx"));
          await new Promise((resolve) => setTimeout(resolve, 1));
          rmSync(inside);
          held++;
        } catch (error) {
          if (error.code !== "job-running") throw error;
        }
      }
      process.stdout.write(String(held));`;
    const held = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let output = "";
        child.stdout.on("data", (chunk) => {
          output += chunk;
        });
        const [exitCode] = await once(child, "close");
        expect(exitCode).toBe(0);
        return Number(output);
      }),
    );
    expect(held.reduce((sum, n) => sum + n)).toBeGreaterThan(10);
    expect(readdirSync(temp.path)).toEqual([]);
  });
});
