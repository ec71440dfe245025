import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DAY_MS, systemClock } from "../../lib/base/index.ts";
import { type GuardedUser, guardedUser } from "../helpers/guarded-user.ts";
import { startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { testWith } from "../helpers/parts.ts";
import { until } from "../helpers/running-program.ts";
import { startScriptedS3 } from "../helpers/scripted-s3.ts";

/** Everything below a directory but directories, by relative path. */
const filesBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));

const uploadsIn = (t: GuardedUser): string[] =>
  filesBelow(t.user.join("backups")).filter((path) => path.endsWith(".upload"));

/** Makes what lies there look as old as it will be then. */
function age(paths: readonly string[], days: number): void {
  const then = new Date(systemClock.now().getTime() - days * DAY_MS);
  for (const path of paths) utimesSync(path, then, then);
}

/** Kills a create while it writes its archive, and gives the upload that it left. */
async function killedCreate(t: GuardedUser): Promise<string> {
  await using create = t.start("create");
  await until("create writes its archive", () => uploadsIn(t).length > 0);
  create.signal("SIGKILL");
  expect((await create.finished).code).toBeNull();
  const [upload, ...more] = uploadsIn(t);
  expect(more).toEqual([]);
  return upload ?? "none";
}

const large = (stateDir: string): void =>
  writeFileSync(`${stateDir}/workspace/noise.bin`, randomBytes(30 << 20));

test("a killed create leaves no backup; the next one works, and sweeps the scratch space", async () => {
  await using t = await guardedUser({ prepare: large });
  const upload = await killedCreate(t);
  const listed = await t.program.run("list");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  expect(listed.stdout.match(/^\d{8}T/gm)).toHaveLength(1);
  const created = await t.program.json<{ id: string }>(["create"]);
  expect(readdirSync(`${t.home}/tmp`)).toEqual([]);
  expect(existsSync(upload)).toBe(true);
  rmSync(upload);
  await t.expectNothingLost([created.id]);
});

test("cleanup ends what a killed create was writing after three days, not before", async () => {
  await using t = await guardedUser({ prepare: large });
  const upload = await killedCreate(t);
  age([upload], 2.9);
  expect((await t.program.run("cleanup", "--yes")).stdout).toBe("removed 0 items, 0 B\n");
  expect(existsSync(upload)).toBe(true);
  age([upload], 3.1);
  expect((await t.program.run("cleanup", "--yes")).stdout).toBe(
    "removed 0 items, 0 B\nended 1 interrupted upload\n",
  );
  expect(existsSync(upload)).toBe(false);
  await t.expectNothingLost();
});

test("cleanup removes an archive whose create was killed before the commit after three days, not before", async () => {
  await using t = await guardedUser();
  const { id } = await t.program.json<{ id: string }>(["create"]);
  const folder = `${t.user.join("backups")}/tester/archives/${id}`;
  // What lies there between the archive and the commit.
  rmSync(`${folder}/backup.json`);
  age(filesBelow(folder), 2.9);
  expect((await t.program.run("cleanup", "--dry-run")).stdout).toBe("nothing to remove\n");
  age(filesBelow(folder), 3.1);
  const line = new RegExp(`^unfinished archive ${id} in storage good \\(\\d+ kB\\)$`, "m");
  expect((await t.program.run("cleanup", "--dry-run")).stdout).toMatch(line);
  expect(existsSync(folder)).toBe(true);
  expect((await t.program.run("cleanup")).code).toBe(2);
  expect((await t.program.run("cleanup", "--yes")).stdout).toMatch(/^removed 1 item, \d+ kB\n$/);
  expect(existsSync(folder)).toBe(false);
  await t.expectNothingLost();
});

testWith(
  ["minio", "mc"],
  "a restore that is killed while it downloads is given up by the next command, which says so",
  async () => {
    await using minio = await startMinio();
    await minio.mc("mb", "test/backups");
    await using t = await guardedUser({
      minio,
      prepare: large,
      addStorage: (userHome) => addMinioStorage({ minio, userHome, bucket: "backups", id: "good" }),
    });
    const act = { stallAfterBytes: 4 << 20 };
    await using server = await startScriptedS3(
      [{ on: "GetObject", times: 99, act }],
      minio.endpoint,
    );
    const { endpoint } = server;
    await addMinioStorage({ minio, endpoint, userHome: t.user.path, bucket: "backups", id: "bad" });
    const before = readdirSync(t.user.path);
    await using restore = t.start("restore", "latest", "--yes", "--storage", "bad");
    await until("the stage is there", () => readdirSync(t.user.path).length > before.length);
    restore.signal("SIGKILL");
    await restore.finished;
    const next = await t.program.run("list", "--storage", "good");
    expect(next.code).toBe(0);
    expect(next.stderr).toMatch(
      /^warning: an interrupted restore of backup \S+ in storage bad to ".*" was given up before anything had changed; what it had unpacked is removed\n$/,
    );
    expect(readdirSync(t.user.path)).toEqual(before);
    expect((await t.program.run("list", "--storage", "good")).stderr).toBe("");
    await t.expectNothingLost();
  },
);
