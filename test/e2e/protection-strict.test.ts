import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../helpers/parts.ts";
import {
  backUpAndVerify,
  openProtectedBuckets,
  type ProtectedBuckets,
} from "../helpers/protected-bucket.ts";

// What AWS enforces and MinIO does not know stands in `minio-policies.ts`; the texts themselves are golden in the unit tests.
describeWith(["minio", "mc"], "the policies of strict, enforced", () => {
  let buckets: ProtectedBuckets;
  beforeAll(async () => {
    buckets = await openProtectedBuckets();
  });
  afterAll(() => buckets[Symbol.asyncDispose]());

  test("the writer works and deletes nothing outside locks and probes", async () => {
    const scene = await buckets.makeScene("strict-writer");
    const keys = await scene.keysOf("writer");
    await backUpAndVerify(await scene.machine(keys));
    expect(await buckets.allowedAttacks(scene, keys)).toEqual([]);
    const undeletable = (await buckets.everyKey(scene.bucket, "agent/")).filter(
      (key) => !/^agent\/(repository\/locks|probe)\//.test(key),
    );
    const spared = async (Key: string): Promise<boolean> =>
      await buckets.isDenied(keys, (client) =>
        client.send(new DeleteObjectCommand({ Bucket: scene.bucket, Key })),
      );
    for (const key of undeletable)
      expect({ key, spared: await spared(key) }).toEqual({ key, spared: true });
    const machine = await scene.machine(keys);
    const refused = await machine.run("delete", scene.archive, "--yes");
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/pruner's role/);
  });

  test("the restorer reads and cannot write", async () => {
    const scene = await buckets.makeScene("strict-restorer");
    const keys = await scene.keysOf("restorer");
    const machine = await scene.machine(keys);
    expect((await machine.json<{ backups: unknown[] }>(["list"])).backups).toHaveLength(2);
    expect(await machine.json(["verify", scene.archive])).toMatchObject({ ok: true });
    const { plan } = await machine.json<{ plan: object }>(["restore", scene.archive, "--dry-run"]);
    expect(plan).toMatchObject({ mode: "in-place" });
    const refused = await machine.run("create");
    expect(refused.stderr).toMatch(/s3:PutObject is not allowed/);
    const at = { Bucket: scene.bucket, Key: `agent/archives/${scene.archive}/backup.json` };
    for (const command of [
      new PutObjectCommand({ ...at, Body: "emptied" }),
      new DeleteObjectCommand(at),
    ])
      expect(await buckets.isDenied(keys, (client) => client.send(command as never))).toBe(true);
    expect(await buckets.allowedAttacks(scene, keys)).toEqual([]);
  });

  test("the pruner removes backups, but no version", async () => {
    const scene = await buckets.makeScene("strict-pruner");
    const keys = await scene.keysOf("pruner");
    const machine = await scene.machine(keys);
    await machine.json(["delete", scene.archive, "--yes"]);
    await machine.json(["delete", scene.snapshot, "--yes"]);
    await machine.json(["repository", "prune"]);
    expect(await buckets.allowedAttacks(scene, keys)).toEqual([]);
    const writer = await scene.machine(await scene.keysOf("writer"));
    for (const id of [scene.archive, scene.snapshot]) {
      await writer.json(["undelete", id, "--yes"]);
      expect(await writer.json(["verify", id])).toMatchObject({ ok: true });
    }
  });
});
