import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf, type GuardedUser, guardedUser, saidBefore } from "../helpers/guarded-user.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { addMinioStorage, type MinioStorageOptions } from "../helpers/minio-storage.ts";
import { describeWith } from "../helpers/parts.ts";
import { startScriptedS3 } from "../helpers/scripted-s3.ts";

const BUCKET = "backups";
const NO_BUCKET = {
  code: 1,
  stdout: "",
  message: "s3://not-there: the bucket does not exist",
  hint: "make it, or check bucket, region and endpoint of the storage",
};

describeWith(["minio", "mc"], "a bucket that refuses", () => {
  let minio: Minio;
  beforeAll(async () => {
    minio = await startMinio();
    await minio.mc("mb", `test/${BUCKET}`);
  });
  afterAll(() => minio?.[Symbol.asyncDispose]());

  /** A user with the storage `good` in a folder of the bucket, and `bad`, which is the same place but for what is said. */
  async function userWith(prefix: string, bad: Partial<MinioStorageOptions>): Promise<GuardedUser> {
    const place = { minio, bucket: BUCKET, prefix };
    const user = await guardedUser({
      minio,
      addStorage: (userHome) => addMinioStorage({ ...place, userHome, id: "good" }),
      // More than one part.
      prepare: (stateDir) =>
        writeFileSync(join(stateDir, "workspace", "noise.bin"), randomBytes(6 << 20)),
    });
    await addMinioStorage({ ...place, ...bad, userHome: user.user.path, id: "bad" });
    return user;
  }

  test("a bucket that does not exist ends every command at once, with the same words", async () => {
    await using t = await userWith("missing", { bucket: "not-there" });
    for (const command of ["create", "list", "verify latest", "restore latest --yes"]) {
      const finished = await t.program.run(...command.split(" "), "--storage", "bad");
      expect(failureOf(finished)).toEqual(NO_BUCKET);
      expect(saidBefore(finished)).toEqual([]);
    }
    await t.expectNothingLost();
  });

  test("as JSON, a failure is one line on standard error", async () => {
    await using t = await userWith("json", { bucket: "not-there" });
    const { code, stdout, stderr } = await t.program.run("list", "--storage", "bad", "--json");
    expect({ code, stdout, ...JSON.parse(stderr) }).toEqual({
      ...NO_BUCKET,
      message_type: "exit_error",
      code: "storage-not-found",
    });
    expect(code).toBe(1);
  });

  test("a bucket that does not exist hides no backup in another one", async () => {
    await using t = await userWith("hidden", { bucket: "not-there" });
    const problem = { storage: "bad", message: NO_BUCKET.message };
    expect(await t.program.json(["list"])).toMatchObject({
      backups: [{ id: t.earlier }],
      problems: [problem],
    });
    expect((await t.program.run("status")).stdout).toContain(
      `Storage bad: NOT reachable: ${NO_BUCKET.message}; ${NO_BUCKET.hint}`,
    );
    const cleaned = await t.program.run("cleanup", "--yes");
    expect(cleaned).toMatchObject({ code: 0, stdout: "removed 0 items, 0 B\n" });
    expect(cleaned.stderr).toBe(`warning: storage bad was not cleaned: ${NO_BUCKET.message}\n`);
    await t.expectNothingLost();
  });

  const policy = (...actions: string[]) => ({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: actions.map((action) => `s3:${action}`),
        Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
      },
    ],
  });

  test.each([
    ["PutObject", ["ListBucket", "GetObject"], ["create"]],
    ["ListBucket", ["PutObject", "GetObject"], ["list"]],
    ["GetObject", ["ListBucket"], ["verify", "latest"]],
    ["GetObject", ["ListBucket"], ["restore", "latest", "--yes"]],
  ])(
    "the missing right %s is named to credentials that have %j, by %j",
    async (missing, rights, command) => {
      const keys = await minio.createUser(policy(...rights));
      await using t = await userWith(`no-${missing}-${command[0]}`, { keys });
      const { message, hint, ...rest } = failureOf(
        await t.program.run(...command, "--storage", "bad"),
      );
      expect(rest).toEqual({ code: 1, stdout: "" });
      expect(message).toMatch(new RegExp(`s3:${missing} is not allowed$`));
      expect(hint).toMatch(
        new RegExp(`^allow s3:${missing}.* in the policy of these credentials$`),
      );
      await t.expectNothingLost();
    },
  );

  test.each([["CreateMultipartUpload"], ["UploadPart"], ["PutObject"]] as const)(
    "a KMS key that is disabled at %s ends a create",
    async (on) => {
      const act = { error: "KMS.DisabledException", status: 400 };
      await using server = await startScriptedS3([{ on, times: 99, act }], minio.endpoint);
      await using t = await userWith(`kms-${on}`, { endpoint: server.endpoint });
      const { message, ...rest } = failureOf(await t.program.run("create", "--storage", "bad"));
      expect(message).toMatch(
        /^s3:\/\/backups: object ".*\/archives\/.*": the KMS key is disabled$/,
      );
      expect(rest).toEqual({
        code: 1,
        stdout: "",
        hint: "enable the key, or cancel its deletion: without it nothing stored with it can be read",
      });
      await t.expectNothingLost();
    },
  );
});
