import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { createPrivateDirectory, sweepPrivateDirectories } from "../../../lib/filesystem/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

describe("createPrivateDirectory", () => {
  it("makes a directory for this user alone, and removes it with what it holds", async () => {
    await using temp = await tempDir();
    let path: string;
    {
      await using directory = await createPrivateDirectory(temp.path, "copies");
      path = directory.path;
      expect(statSync(path).mode & 0o7777).toBe(0o700);
      mkdirSync(`${path}/sub`);
      writeFileSync(`${path}/sub/f`, "");
    }
    expect(existsSync(path)).toBe(false);
  });

  it("says when the parent is missing", async () => {
    await using temp = await tempDir();
    await expect(createPrivateDirectory(temp.join("no"), "copies")).rejects.toMatchObject({
      code: "path-not-found",
    });
  });
});

describe("sweepPrivateDirectories", () => {
  it("removes what a dead process left, and nothing of a living one", async () => {
    await using temp = await tempDir();
    await using alive = await createPrivateDirectory(temp.path, "stage");
    const left = await leaveOne(temp.path);
    expect(existsSync(left)).toBe(true);
    expect(sweepPrivateDirectories(temp.path)).toEqual([left]);
    expect(readdirSync(temp.path)).toEqual([basename(alive.path)]);
  });

  it("knows a process that merely has the same pid by its start time", async () => {
    await using temp = await tempDir();
    await using alive = await createPrivateDirectory(temp.path, "stage");
    const other = alive.path.replace(/-(\d+)-(\d+)-/, "-$1-1-");
    mkdirSync(other);
    expect(sweepPrivateDirectories(temp.path)).toEqual([other]);
  });

  it("leaves another host's directory alone until it was silent for three days", async () => {
    await using temp = await tempDir();
    const elsewhere = temp.join(".clawback-stage-4000000-123-00000000-0123abcd");
    mkdirSync(elsewhere);
    const now = new Date("2026-11-20T00:00:00Z");
    utimesSync(elsewhere, now, new Date(now.getTime() - 2 * 86_400_000));
    expect(sweepPrivateDirectories(temp.path, now)).toEqual([]);
    utimesSync(elsewhere, now, new Date(now.getTime() - 4 * 86_400_000));
    expect(sweepPrivateDirectories(temp.path, now)).toEqual([elsewhere]);
  });

  it("touches nothing whose name is not exactly ours, no link, and no file", async () => {
    await using temp = await tempDir();
    const names = [
      ".clawback-stage-1-1",
      ".clawback-stage-0-1-00000000-0123abcd",
      ".clawback-stage-4000000-123-00000000-0123abcd.old",
      "x.clawback-stage-4000000-123-00000000-0123abcd",
      "stage",
    ];
    for (const name of names) mkdirSync(temp.join(name));
    const left = await leaveOne(temp.path);
    const asFile = left.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    writeFileSync(asFile, "");
    expect(sweepPrivateDirectories(temp.path)).toEqual([left]);
    expect(readdirSync(temp.path)).toHaveLength(names.length + 1);
    expect(sweepPrivateDirectories(temp.join("missing"))).toEqual([]);
  });
});

/** Lets another process make a directory and die with it. */
async function leaveOne(parent: string): Promise<string> {
  const face = new URL("../../../lib/filesystem/index.ts", import.meta.url).href;
  const script = `
    const { createPrivateDirectory } = await import(${JSON.stringify(face)});
    const { path } = await createPrivateDirectory(${JSON.stringify(parent)}, "left");
    process.stdout.write(path);
    process.kill(process.pid, "SIGKILL");`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  return String(stdout);
}
