import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CopyObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkInstanceRepository, openApp } from "../../lib/app/index.ts";
import { Secret } from "../../lib/base/index.ts";
import { readEnvironment } from "../../lib/settings/index.ts";
import {
  createKmsKey,
  type KmsMachine,
  keysIn,
  kmsMachine,
  refusingKms,
} from "../helpers/kms-machines.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { createBucket, s3Client } from "../helpers/s3.ts";

const memoryOf = ({ stateDir }: KmsMachine): string =>
  readFileSync(join(stateDir, "workspace/MEMORY.md"), "utf8");

describeWith("moto", "a repository whose password KMS wraps", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.[Symbol.asyncDispose]());

  test("a new machine with an empty home lists and restores snapshots without a password", async () => {
    const bucket = await createBucket(moto);
    const keyArn = await createKmsKey(moto, "alias/fleet");
    await using first = await kmsMachine(moto, { bucket, kmsKey: "alias/fleet" });
    const taken = await first.program.run("snapshot");
    expect(taken.code).toBe(0);
    expect(taken.stderr).toContain(`KMS key ${keyArn} wraps it`);
    expect(await keysIn(moto, bucket, "agent/password")).toEqual(["agent/password.kms.json"]);

    // The settings need not name the key.
    await using second = await kmsMachine(moto, { bucket });
    rmSync(second.stateDir, { recursive: true });
    const { backups } = await second.program.json<{ backups: unknown[] }>(["list"]);
    expect(backups).toHaveLength(1);
    await second.program.json(["restore", "latest", "--yes"]);
    expect(memoryOf(second)).toBe(memoryOf(first));
    // The new machine goes on where the old one stopped, and keeps no password.
    await second.program.json(["snapshot"]);
    const secrets = second.dir.join(".clawback/secrets.json");
    expect(existsSync(secrets) ? readFileSync(secrets, "utf8") : "").not.toContain("repository.s3");
  });

  test.each([
    [
      "is disabled",
      "DisabledException",
      "arn:aws:kms:us-east-1:1:key/2 is disabled.",
      /KMS key .* is disabled/,
      "enable the key in KMS",
    ],
    [
      "may not be used",
      "AccessDeniedException",
      "User: arn:aws:iam::1:role/x is not authorized to perform: kms:Decrypt on resource: y",
      /KMS key .*: kms:Decrypt is not allowed/,
      "allow kms:Decrypt on the key",
    ],
  ])("a key that %s is named with the fix, and hides no password at hand", async (...cases) => {
    const [, type, answer, message, hint] = cases;
    const bucket = await createBucket(moto);
    const kmsKey = await createKmsKey(moto);
    const env = { CLAWBACK_PASSWORD: "correct horse" };
    await using first = await kmsMachine(moto, { bucket, kmsKey, env });
    await first.program.json(["snapshot"]);
    await using kms = await refusingKms(type, answer);
    const { endpoint: kmsEndpoint } = kms;
    await using second = await kmsMachine(moto, { bucket, kmsKey, kmsEndpoint });
    const refused = await second.program.run("repository", "check");
    expect(refused).toMatchObject({ code: 12, stdout: "" });
    expect(refused.stderr).toMatch(message);
    expect(refused.stderr).toContain(hint);
    expect(refused.stderr).toContain("CLAWBACK_PASSWORD");

    // Where there is somebody to ask, he is told why, and asked.
    const warnings: string[] = [];
    await using app = await openApp({
      environment: { ...readEnvironment(), userHome: second.dir.path, variables: {} },
      flags: { instance: "agent" },
      onProgress: (event) => event.type === "message" && warnings.push(event.text),
      askPassword: async () => new Secret("correct horse"),
    });
    expect(await checkInstanceRepository(app)).toMatchObject({ ok: true });
    expect(warnings.join("\n")).toMatch(message);
  });

  test("without a way to KMS a new repository is made all the same, told to be unwrapped, and used", async () => {
    const bucket = await createBucket(moto);
    const kmsKey = await createKmsKey(moto);
    const kmsEndpoint = "http://127.0.0.1:1";
    await using user = await kmsMachine(moto, { bucket, kmsKey, kmsEndpoint });
    const taken = await user.program.run("snapshot");
    expect(taken.code).toBe(0);
    expect(taken.stderr).toContain("the password of the new repository is not wrapped: KMS key");
    expect(taken.stderr).toContain("clawback repository password wrap --storage s3");
    expect(await keysIn(moto, bucket, "agent/password")).toEqual([]);
    expect(await user.program.run("snapshot")).toMatchObject({ code: 0 });
  });

  test("the password of another instance is refused by KMS, and said to be another's", async () => {
    const bucket = await createBucket(moto);
    const kmsKey = await createKmsKey(moto);
    await using one = await kmsMachine(moto, { bucket, kmsKey, instance: "one" });
    await one.program.json(["snapshot"]);
    const client = s3Client(moto);
    // Somebody copies the whole folder under his own name, to be let in by the key that he may use.
    for (const key of await keysIn(moto, bucket, "one/")) {
      const Key = key.replace("one/", "two/");
      await client.send(
        new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/${key}` }),
      );
    }
    client.destroy();
    await using two = await kmsMachine(moto, { bucket, kmsKey, instance: "two" });
    const refused = await two.program.run("repository", "check");
    expect(refused).toMatchObject({ code: 12, stdout: "" });
    expect(refused.stderr).toContain('made for instance "one", and KMS decrypts it for no other');
  });
});
