import { afterAll, beforeAll, expect, test } from "vitest";
import { type ObjectStorage, openS3Storage } from "../../../lib/storage/index.ts";
import { chunksOf, collect } from "../../helpers/chunks.ts";
import { type Minio, startMinio } from "../../helpers/minio.ts";
import { describeWith } from "../../helpers/parts.ts";
import { createBucket, s3Options } from "../../helpers/s3.ts";

describeWith(["minio", "mc"], "credentials with few rights", () => {
  let minio: Minio;
  let bucket: string;
  beforeAll(async () => {
    minio = await startMinio();
    bucket = await createBucket(minio);
    await using storage = await openS3Storage(s3Options(minio, bucket));
    await storage.put("there", Buffer.from("x"));
  });
  afterAll(async () => {
    await minio?.[Symbol.asyncDispose]();
  });

  async function openAs(actions: readonly string[]): Promise<ObjectStorage> {
    const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const statement = { Effect: "Allow", Action: actions, Resource };
    const keys = await minio.createUser({ Version: "2012-10-17", Statement: [statement] });
    return await openS3Storage(s3Options({ ...minio, ...keys }, bucket));
  }

  test("may write where they may, and are told what is missing where they may not", async () => {
    await using writer = await openAs(["s3:PutObject"]);
    await writer.put("written", Buffer.from("x"));
    const denied = (action: string): object => ({
      code: "storage-access-denied",
      details: { action },
      hint: expect.stringContaining(action),
    });
    await expect(writer.get("written", 10)).rejects.toMatchObject(denied("s3:GetObject"));
    await expect(collect(writer.list(""))).rejects.toMatchObject(denied("s3:ListBucket"));
    await expect(writer.find("written")).rejects.toMatchObject(denied("s3:ListBucket"));
    await expect(writer.delete("written")).rejects.toMatchObject(denied("s3:DeleteObject"));
  });

  test("may read: a put is refused with the missing action", async () => {
    await using reader = await openAs(["s3:GetObject", "s3:ListBucket"]);
    expect(await reader.get("there", 10)).toHaveLength(1);
    const denied = { code: "storage-access-denied", details: { action: "s3:PutObject" } };
    await expect(reader.put("new", Buffer.from("x"))).rejects.toMatchObject(denied);
    const large = chunksOf(Buffer.alloc(20_000_000));
    await expect(reader.putStream("new", large)).rejects.toMatchObject(denied);
    expect(await reader.find("new")).toBeUndefined();
  });

  test("without the right to list, an absent object is not taken for absent", async () => {
    await using storage = await openAs(["s3:GetObject"]);
    await expect(storage.find("absent")).rejects.toMatchObject({ code: "storage-access-denied" });
  });

  test("without the right to read, a conditional put of other bytes is a conflict still", async () => {
    await using writer = await openAs(["s3:PutObject"]);
    const put = writer.put("there", Buffer.from("y"), { ifAbsent: true });
    await expect(put).rejects.toMatchObject({ code: "storage-conflict" });
  });

  test("features that may not be asked for are unknown, not absent", async () => {
    await using writer = await openAs(["s3:PutObject"]);
    expect(await writer.features()).toMatchObject({ versioning: undefined, objectLock: undefined });
    await using owner = await openS3Storage(s3Options(minio, bucket));
    expect(await owner.features()).toMatchObject({ versioning: false, objectLock: false });
    const locked = await createBucket(minio, { ObjectLockEnabledForBucket: true });
    await using other = await openS3Storage(s3Options(minio, locked));
    expect(await other.features()).toMatchObject({ versioning: true, objectLock: true });
  });

  test("an unknown KMS key is named as the trouble", async () => {
    const options = s3Options(minio, bucket, { sse: "kms", kmsKeyId: "nobody-knows" });
    await using storage = await openS3Storage(options);
    await expect(storage.put("new", Buffer.from("x"))).rejects.toMatchObject({
      code: "storage-rejected",
      message: expect.stringContaining("the KMS key does not exist there"),
    });
  });

  test("versions show what was replaced and removed", async () => {
    const versioned = await createBucket(minio, { ObjectLockEnabledForBucket: true });
    await using storage = await openS3Storage(s3Options(minio, versioned));
    await storage.put("a", Buffer.from("1"));
    await storage.put("a", Buffer.from("22"));
    await storage.delete("a");
    await storage.put("b", Buffer.from("333"));
    const versions = await collect(storage.listVersions(""));
    expect(
      versions.map(({ key, sizeBytes, isLatest, isDeleteMarker }) => [
        key,
        sizeBytes,
        isLatest,
        isDeleteMarker,
      ]),
    ).toEqual([
      ["a", 0, true, true],
      ["a", 2, false, false],
      ["a", 1, false, false],
      ["b", 3, true, false],
    ]);
  });
});
