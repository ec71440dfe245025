import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Clawback } from "../helpers/clawback.ts";
import { failureOf, type GuardedUser, guardedUser } from "../helpers/guarded-user.ts";
import { canMount, fillUp, type Mount, smallDisk } from "../helpers/mounts.ts";
import { httpReceiver } from "../helpers/receivers.ts";
import { makeDatabase } from "../helpers/restore-machine.ts";

const NO_ROOM = "free some space on that filesystem and repeat";

/** The same user with a home on another disk, and the same storage. */
async function homeOn(disk: Mount, t: GuardedUser): Promise<Clawback> {
  const there = t.withEnvironment({ CLAWBACK_HOME: `${disk.path}/home` });
  const place = ["--type", "directory", "--path", t.user.join("backups")];
  await there.json(["storage", "add", "good", ...place]);
  return there;
}

/** Files that are not empty directories. */
const leftIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);

describe.skipIf(!canMount)("a full disk (needs root)", () => {
  test("under the home, where databases are copied, costs the databases, says so, and degrades the backup", async () => {
    await using t = await guardedUser({
      prepare: (stateDir) => {
        mkdirSync(`${stateDir}/state`);
        makeDatabase(`${stateDir}/state/openclaw.sqlite`);
      },
    });
    await using disk = await smallDisk(1024);
    const there = await homeOn(disk, t);
    fillUp(disk.path);
    const { code, stdout } = await there.run("create");
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^left out \(no-space\): .*\/state\/openclaw\.sqlite: .* no space is left: its copy needs [\d.]+ MB, 0 B are free$/m,
    );
    expect(stdout).toMatch(/^DEGRADED: /m);
    expect(readdirSync(`${disk.path}/home/tmp`)).toEqual([]);
    const latest = await there.json<{ backup: { id: string } }>(["show", "latest"]);
    expect(latest.backup.id).toBe(t.earlier);
    const id = /^backup (\S+) is in /m.exec(stdout)?.[1];
    await t.expectNothingLost([id ?? "none"]);
  });

  test("under the home keeps no job from its backup, and nobody from being told", async () => {
    await using t = await guardedUser();
    await using disk = await smallDisk(1024);
    await using receiver = await httpReceiver();
    const there = await homeOn(disk, t);
    await there.json(["notify", "add", "ops", "--type", "webhook", "--url", receiver.url]);
    fillUp(disk.path);
    const { code, stderr } = await there.run("run", "archive");
    // Its database cannot be copied.
    expect(code).toBe(3);
    expect(stderr).toContain("nothing keeps a second archive from running meanwhile");
    expect(stderr).toContain("this run is not recorded");
    expect((await there.run("run", "snapshot")).code).not.toBe(0);
    expect(receiver.requests.map(({ headers }) => headers["x-clawback-event"])).toEqual([
      "omissions",
      "failure",
    ]);
  });

  test("under the home stops what must be written there, and changes nothing", async () => {
    await using t = await guardedUser();
    await using disk = await smallDisk(1024);
    const there = await homeOn(disk, t);
    const settings = readFileSync(`${disk.path}/home/settings.json`, "utf8");
    fillUp(disk.path);
    for (const command of [
      "restore latest --yes",
      "storage default good",
      "storage remove good --yes",
      "verify latest",
    ]) {
      const failure = failureOf(await there.run(...command.split(" ")));
      expect(failure).toEqual({
        code: 1,
        stdout: "",
        message: expect.stringMatching(
          new RegExp(`^"${disk.path}/home/\\S+" cannot be written: the disk is full$`),
        ),
        hint: NO_ROOM,
      });
    }
    expect(readFileSync(`${disk.path}/home/settings.json`, "utf8")).toBe(settings);
    expect(leftIn(`${disk.path}/home`)).toEqual(["settings.json"]);
    expect(await there.json(["list"])).toMatchObject({ backups: [{ id: t.earlier }] });
    await t.expectNothingLost();
  });

  test("under a storage leaves no half backup there", async () => {
    await using t = await guardedUser();
    await using disk = await smallDisk(256);
    const place = ["--type", "directory", "--path", `${disk.path}/backups`];
    await t.program.json(["storage", "add", "small", ...place]);
    const failure = failureOf(await t.program.run("create", "--storage", "small"));
    expect(failure).toEqual({
      code: 1,
      stdout: "",
      message: expect.stringMatching(
        /^cannot write ".*archive\.tar\.gz": the disk or quota is full \(ENOSPC\)$/,
      ),
      hint: "free some space there, or choose another storage",
    });
    expect(readdirSync(`${disk.path}/backups`, { recursive: true })).toEqual(["clawback.json"]);
    await t.expectNothingLost();
  });

  test("under the output file leaves no half file", async () => {
    await using t = await guardedUser();
    await using disk = await smallDisk(256);
    const failure = failureOf(await t.program.run("create", "-o", `${disk.path}/agent.tar.gz`));
    expect(failure).toEqual({
      code: 1,
      stdout: "",
      message: `"${disk.path}/agent.tar.gz" cannot be written: the disk is full`,
      hint: NO_ROOM,
    });
    expect(readdirSync(disk.path)).toEqual([]);
    await t.expectNothingLost();
  });

  test("under a restore's target is seen before anything is written", async () => {
    await using t = await guardedUser();
    await using disk = await smallDisk(1024);
    const failure = failureOf(
      await t.program.run("restore", "latest", "--target", `${disk.path}/look`),
    );
    expect(failure).toMatchObject({ code: 1, stdout: "" });
    expect(failure.message).toMatch(
      /^filesystem of ".*" has [\d.]+ MB left, the restore needs [\d.]+ MB$/,
    );
    expect(failure.hint).toMatch(/free some space/);
    expect(readdirSync(disk.path)).toEqual([]);
    await t.expectNothingLost();
  });

  test("that shows only in the middle of a restore takes back what was unpacked", async () => {
    await using t = await guardedUser({ files: 60 });
    // Room for all bytes, but not for all files.
    await using disk = await smallDisk(16_384, 40);
    const failure = failureOf(
      await t.program.run("restore", "latest", "--target", `${disk.path}/look`),
    );
    expect(failure).toEqual({
      code: 1,
      stdout: "",
      message: `the filesystem of "${disk.path}/look" became full while the backup was unpacked`,
      hint: "nothing was changed; free some space there, or restore a part with --only",
    });
    expect(readdirSync(disk.path)).toEqual([]);
    await t.expectNothingLost();
  });

  test("under the state directory refuses a restore in place, which works once there is room", async () => {
    await using disk = await smallDisk(24 * 1024);
    await using t = await guardedUser({ parent: disk.path });
    const filler = fillUp(disk.path);
    const failure = failureOf(await t.program.run("restore", "latest", "--yes"));
    expect(failure).toMatchObject({ code: 1, stdout: "" });
    expect(failure.message).toMatch(/has .* left, the restore needs/);
    rmSync(filler);
    await t.expectNothingLost();
    expect((await t.program.run("restore", "latest", "--yes")).code).toBe(0);
    expect(existsSync(t.stateDir)).toBe(true);
  });
});
