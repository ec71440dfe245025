import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DAY_MS } from "../../lib/base/index.ts";
import { CLAWBACK_PROGRAM, clawbackEnvironment } from "../helpers/clawback.ts";
import { failureOf, type GuardedUser, guardedUser } from "../helpers/guarded-user.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { startScriptedS3 } from "../helpers/scripted-s3.ts";
import { NODE } from "../parts/environment.ts";
import { type Finished, run } from "../parts/run.ts";

/** Runs the program under a clock that is wrong by so much: `+1d`, `-1d`. */
function runAt(offset: string, t: GuardedUser, ...args: string[]): Promise<Finished> {
  const env = { FAKETIME_DONT_FAKE_MONOTONIC: "1", CLAWBACK_INSTANCE: "tester" };
  return run(partPath("faketime"), ["-f", offset, NODE, CLAWBACK_PROGRAM, ...args], {
    env: clawbackEnvironment({ userHome: t.user.path, env }),
    cwd: t.user.path,
  });
}
describeWith(["minio", "mc", "faketime"], "a clock that is wrong by a day", () => {
  let minio: Minio;
  beforeAll(async () => {
    minio = await startMinio();
    await minio.mc("mb", "test/backups");
  });
  afterAll(() => minio?.[Symbol.asyncDispose]());

  const HINT = "set this machine's clock, best by NTP";

  test.each([
    ["ahead", "+1d", 1],
    ["behind", "-1d", -1],
  ])("(%s) is refused by S3, with both times", async (prefix, offset, days) => {
    const place = { minio, bucket: "backups", id: "good", prefix };
    await using t = await guardedUser({
      minio,
      addStorage: (userHome) => addMinioStorage({ ...place, userHome }),
    });
    for (const command of ["create", "list", "restore latest --yes"]) {
      const { message, ...rest } = failureOf(await runAt(offset, t, ...command.split(" ")));
      expect(rest).toEqual({ code: 1, stdout: "", hint: HINT });
      const [, here = "", there = ""] =
        /^s3:\/\/backups refuses this machine's clock: here it is (\S+), there (\S+)$/.exec(
          message,
        ) ?? [];
      const apart = new Date(here).getTime() - new Date(there).getTime();
      expect(Math.round(apart / DAY_MS)).toBe(days);
    }
    await t.expectNothingLost();
  });

  test("is refused by the word of a server alone, too", async () => {
    const place = { minio, bucket: "backups", prefix: "word" };
    await using t = await guardedUser({
      minio,
      addStorage: (userHome) => addMinioStorage({ ...place, userHome, id: "good" }),
    });
    const fields = { ServerTime: "2030-01-01T00:00:00Z" };
    const act = { error: "RequestTimeTooSkewed", status: 403, fields };
    await using server = await startScriptedS3(
      [
        { on: "UploadPart", times: 9, act },
        { on: "PutObject", times: 9, act },
      ],
      minio.endpoint,
    );
    await addMinioStorage({
      ...place,
      endpoint: server.endpoint,
      userHome: t.user.path,
      id: "bad",
    });
    expect(failureOf(await t.program.run("create", "--storage", "bad"))).toEqual({
      code: 1,
      stdout: "",
      message: expect.stringMatching(
        / refuses this machine's clock: here it is \S+, there 2030-01-01T00:00:00\S*$/,
      ),
      hint: HINT,
    });
    await t.expectNothingLost();
  });

  test("does not hide, in a directory, that the newest backup is of tomorrow", async () => {
    await using t = await guardedUser();
    const made = await runAt("+1d", t, "create", "--json");
    const { id } = JSON.parse(made.stdout);
    expect((await t.program.run("status")).stdout).toContain(
      `Mind: the newest backup, ${id}, is dated in the future: a machine's clock was or is wrong`,
    );
    await t.expectNothingLost([id]);
  });

  test("and set back again loses no backup and no way back", async () => {
    await using t = await guardedUser();
    const memory = `${t.stateDir}/workspace/MEMORY.md`;
    const before = readFileSync(memory);
    writeFileSync(memory, "newer");
    expect((await runAt("+1d", t, "restore", "latest", "--yes")).code).toBe(0);
    writeFileSync(memory, "newest");
    expect((await t.program.run("restore", "latest", "--yes")).code).toBe(0);
    expect(readFileSync(memory)).toEqual(before);
    for (const was of ["newest", before.toString()]) {
      expect((await t.program.run("restore", "--undo", "--yes")).code).toBe(0);
      expect(readFileSync(memory, "utf8")).toBe(was);
    }
  });
});
