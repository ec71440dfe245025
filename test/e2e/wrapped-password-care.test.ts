import { writeFileSync } from "node:fs";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKmsKey, type KmsMachine, keysIn, kmsMachine } from "../helpers/kms-machines.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { createBucket, s3Client } from "../helpers/s3.ts";

describeWith("moto", "the care of a password that KMS wraps", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.[Symbol.asyncDispose]());

  const warningsOf = async ({ program }: KmsMachine): Promise<string> => {
    const { warnings } = await program.json<{ warnings: string[] }>(["status"], [0, 1]);
    return warnings.join("\n");
  };

  test("status calls a password unhealthy that only this machine has, until it is wrapped, whatever else opens the repository", async () => {
    const bucket = await createBucket(moto);
    await using user = await kmsMachine(moto, { bucket });
    const { program, dir } = user;
    await program.json(["snapshot"]);
    const unhealthy = "UNHEALTHY: nothing proves that the password of its snapshots exists";
    expect(await warningsOf(user)).toContain(unhealthy);
    const file = dir.join("another");
    writeFileSync(file, "another horse\n", { mode: 0o600 });
    await program.json(["repository", "password", "add", "--new-password-file", file]);
    expect(await warningsOf(user)).toContain(unhealthy);

    const without = await program.run("repository", "password", "wrap");
    expect(without).toMatchObject({ code: 2, stdout: "" });
    expect(without.stderr).toContain("name one with --kms-key");
    const keyArn = await createKmsKey(moto);
    const wrap = ["repository", "password", "wrap", "--kms-key", keyArn];
    expect(await program.json(wrap)).toMatchObject({ keyArn, created: true });
    expect(await program.json(wrap)).toMatchObject({ keyArn, created: false });
    const { storages, warnings } = await program.json<Record<string, string[]>>(["status"]);
    expect(warnings?.join("\n")).not.toContain("UNHEALTHY");
    expect(storages).toMatchObject([{ repositoryPassword: { state: "wrapped", keyArn } }]);
    const listed = await program.run("repository", "password", "list");
    expect(listed.stdout).toContain(`in use, wrapped by ${keyArn}`);

    const removed = await program.run("repository", "password", "unwrap", "--yes");
    expect(removed.stdout).toContain("mind: nothing proves now");
    expect(await warningsOf(user)).toContain(unhealthy);
  });

  test("a password that is changed is wrapped anew in a file of its own, and the old file is said to open nothing", async () => {
    const bucket = await createBucket(moto);
    const kmsKey = await createKmsKey(moto);
    await using first = await kmsMachine(moto, { bucket, kmsKey });
    await first.program.json(["snapshot"]);
    const client = s3Client(moto);
    const [wrapped = ""] = await keysIn(moto, bucket, "agent/password");
    const read = await client.send(new GetObjectCommand({ Bucket: bucket, Key: wrapped }));
    const old = (await read.Body?.transformToString()) ?? "";
    const file = first.dir.join("new");
    writeFileSync(file, "a new horse\n", { mode: 0o600 });
    await first.program.json(["repository", "password", "change", "--new-password-file", file]);
    const both = await keysIn(moto, bucket, "agent/password");
    expect(both).toHaveLength(2);
    await using second = await kmsMachine(moto, { bucket });
    expect(await second.program.run("repository", "check")).toMatchObject({ code: 0 });

    for (const Key of both.filter((key) => key !== wrapped)) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    }
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: wrapped, Body: old }));
    client.destroy();
    const refused = await second.program.run("repository", "check");
    expect(refused.code).toBe(12);
    expect(refused.stderr).toMatch(/has wrapped since \d{4}-\d\d-\d\d no longer opens/);
    expect(await warningsOf(first)).toMatch(/UNHEALTHY[\s\S]*no longer opens the repository/);
  });
});
