import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { failureOf, guardedUser } from "../helpers/guarded-user.ts";
import { startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { testWith } from "../helpers/parts.ts";
import { until } from "../helpers/running-program.ts";
import { startScriptedS3 } from "../helpers/scripted-s3.ts";

test("three creates at once make three backups, and disturb each other in nothing", async () => {
  await using t = await guardedUser({ files: 200 });
  const made = await Promise.all([1, 2, 3].map(() => t.program.json<{ id: string }>(["create"])));
  expect(new Set(made.map(({ id }) => id)).size).toBe(3);
  await t.expectNothingLost(made.map(({ id }) => id));
});

test("a cleanup while a create is at work takes nothing from it", async () => {
  await using t = await guardedUser({ files: 200 });
  const [made, ...cleaned] = await Promise.all([
    t.program.json<{ id: string }>(["create"]),
    t.program.run("cleanup", "--yes"),
    t.program.run("cleanup", "--yes"),
  ]);
  expect(cleaned.map(({ code }) => code)).toEqual([0, 0]);
  await t.expectNothingLost([made.id]);
});

testWith(
  ["minio", "mc"],
  "of two restores at once the second is told of the first, and changes nothing",
  async () => {
    await using minio = await startMinio();
    await minio.mc("mb", "test/backups");
    await using t = await guardedUser({
      minio,
      addStorage: (userHome) => addMinioStorage({ minio, userHome, bucket: "backups", id: "good" }),
    });
    const act = { stallAfterBytes: 100_000 };
    await using server = await startScriptedS3(
      [{ on: "GetObject", times: 99, act }],
      minio.endpoint,
    );
    const { endpoint } = server;
    await addMinioStorage({
      minio,
      endpoint,
      userHome: t.user.path,
      bucket: "backups",
      id: "slow",
    });
    const before = readdirSync(t.user.path);
    await using first = t.start("restore", "latest", "--yes", "--storage", "slow");
    await until("the first is at work", () => readdirSync(t.user.path).length > before.length);
    const second = ["restore", "latest", "--storage", "good"];
    for (const where of [["--yes"], ["--target", "look"]]) {
      expect(failureOf(await t.program.run(...second, ...where))).toEqual({
        code: 11,
        stdout: "",
        message: expect.stringMatching(
          new RegExp(
            `^another restore is under way: process ${first.process.pid} since \\d{4}-\\S+Z$`,
          ),
        ),
        hint: "wait for it to end, then repeat",
      });
    }
    // Others only read.
    const created = await t.program.json<{ id: string }>(["create", "--storage", "good"]);
    first.signal("SIGINT");
    expect((await first.finished).code).toBe(130);
    await t.expectNothingLost([created.id]);
    expect((await t.program.run(...second, "--yes")).code).toBe(0);
  },
);
