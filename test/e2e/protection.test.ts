import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../lib/base/index.ts";
import { describeWith } from "../helpers/parts.ts";
import {
  backUpAndVerify,
  openProtectedBuckets,
  type ProtectedBuckets,
} from "../helpers/protected-bucket.ts";
import { s3Client } from "../helpers/s3.ts";

// What AWS enforces and MinIO does not know stands in `minio-policies.ts`; the texts themselves are golden in the unit tests.
describeWith(["minio", "mc"], "the policies of standard, enforced", () => {
  let buckets: ProtectedBuckets;
  beforeAll(async () => {
    buckets = await openProtectedBuckets();
  });
  afterAll(() => buckets[Symbol.asyncDispose]());

  test("the machine works, and whatever it destroys is brought back by somebody who cannot remove versions", async () => {
    const scene = await buckets.makeScene("standard");
    const keys = await scene.keysOf("standard");
    const machine = await scene.machine(keys);
    await backUpAndVerify(machine);
    expect(await machine.json(["repository", "check"])).toMatchObject({ ok: true });
    expect(await buckets.allowedAttacks(scene, keys)).toEqual([]);
    const before = await machine.json<{ backups: { id: string; sha256?: string }[] }>(["list"]);
    // Somebody has taken the machine over: one half is emptied and deleted, the other half deleted.
    const victims = await buckets.everyKey(scene.bucket, "agent/");
    expect(victims.length).toBeGreaterThan(10);
    const then = systemClock.now().toISOString();
    const evil = s3Client({ ...buckets.minio, ...keys });
    for (const [i, Key] of victims.entries()) {
      const at = { Bucket: scene.bucket, Key };
      if (i % 2 === 0) await evil.send(new PutObjectCommand({ ...at, Body: "emptied" }));
      if (i % 4 !== 0) await evil.send(new DeleteObjectCommand(at));
    }
    evil.destroy();
    expect((await machine.run("verify", scene.archive)).code).not.toBe(0);
    const gone = await machine.json<{ deleted: { id: string }[] }>(["undelete"]);
    expect(gone.deleted.length).toBeGreaterThan(0);
    const plan = await machine.json<{ plan: { items: unknown[] } }>([
      "undelete",
      "--at",
      then,
      "--dry-run",
    ]);
    expect(plan.plan.items).toHaveLength(victims.length);
    // The standard role itself has no right to remove a version.
    expect(await machine.json(["undelete", "--at", then, "--yes"])).toMatchObject({
      objects: victims.length,
    });
    const after = await machine.json<typeof before>(["list"]);
    expect(after.backups.map(({ id, sha256 }) => ({ id, sha256 }))).toEqual(
      before.backups.map(({ id, sha256 }) => ({ id, sha256 })),
    );
    for (const { id } of after.backups)
      expect(await machine.json(["verify", id])).toMatchObject({ ok: true });
    expect(await machine.json(["repository", "check"])).toMatchObject({ ok: true });
    expect(await machine.json(["undelete", "--at", then, "--yes"])).toMatchObject({ objects: 0 });
  });
});
