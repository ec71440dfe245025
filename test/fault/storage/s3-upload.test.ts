import { hash, randomBytes } from "node:crypto";
import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MIB, systemClock } from "../../../lib/base/index.ts";
import {
  type ObjectStorage,
  openS3Storage,
  type RetryEvent,
  withRetry,
} from "../../../lib/storage/index.ts";
import { chunksOf } from "../../helpers/chunks.ts";
import { type Minio, startMinio } from "../../helpers/minio.ts";
import { describeWith } from "../../helpers/parts.ts";
import { createBucket, s3Client, s3Options } from "../../helpers/s3.ts";
import { type Rule, type ScriptedS3, startScriptedS3 } from "../../helpers/scripted-s3.ts";

const body = randomBytes(23 * MIB + 1);
const sha256 = hash("sha256", body);

describeWith("minio", "an upload to S3 that meets failures", () => {
  let minio: Minio;
  let bucket: string;
  beforeAll(async () => {
    minio = await startMinio();
    bucket = await createBucket(minio);
  });
  afterAll(async () => {
    await minio?.[Symbol.asyncDispose]();
  });

  interface Setting extends AsyncDisposable {
    readonly key: string;
    readonly server: ScriptedS3;
    readonly storage: ObjectStorage;
    readonly retries: readonly RetryEvent[];
    /** Reads past the script. */
    stored(): Promise<Buffer | undefined>;
    /** Multipart uploads of the key that were begun and neither finished nor aborted. */
    strandedUploads(): Promise<number>;
  }

  async function setUp(script: readonly Rule[], attempts = 4): Promise<Setting> {
    const server = await startScriptedS3(script, minio.endpoint);
    const retries: RetryEvent[] = [];
    const retry = {
      clock: systemClock,
      random: () => 0,
      attempts,
      onRetry: (event: RetryEvent) => retries.push(event),
    };
    const encryption = { sse: "kms", kmsKeyId: minio.kmsKeyId } as const;
    const options = s3Options({ ...minio, endpoint: server.endpoint }, bucket, encryption);
    const storage = withRetry(await openS3Storage({ ...options, retry }), retry);
    const direct = await openS3Storage(s3Options(minio, bucket));
    const client = s3Client(minio);
    const key = `upload-${randomBytes(6).toString("hex")}`;
    return {
      key,
      server,
      storage,
      retries,
      stored: async () => (await direct.find(key)) && Buffer.from(await direct.get(key, 100 * MIB)),
      strandedUploads: async () => {
        const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key });
        return (await client.send(command)).Uploads?.length ?? 0;
      },
      async [Symbol.asyncDispose]() {
        client.destroy();
        await storage[Symbol.asyncDispose]();
        await direct[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  const count = (t: Setting, operation: string): number =>
    t.server.seen.filter((request) => request.operation === operation).length;

  test.each([
    [
      "a connection reset in the middle of a part",
      { on: "UploadPart", act: { resetAfterRequestBytes: 2 * MIB } },
    ],
    ["the answer to a part lost", { on: "UploadPart", nth: 2, act: "lose-answer" }],
    ["503 for a while", { on: "UploadPart", times: 3, act: { error: "SlowDown", status: 503 } }],
    [
      "500 at the beginning",
      { on: "CreateMultipartUpload", times: 2, act: { error: "InternalError", status: 500 } },
    ],
    [
      "500 at the end",
      { on: "CompleteMultipartUpload", times: 2, act: { error: "InternalError", status: 500 } },
    ],
    [
      "damage on the way",
      { on: "UploadPart", act: { error: "XAmzContentSHA256Mismatch", status: 400 } },
    ],
    ["the answer to the completion lost", { on: "CompleteMultipartUpload", act: "lose-answer" }],
  ] as const)("succeeds after %s", async (_, rule) => {
    for (const ifAbsent of [false, true]) {
      await using t = await setUp([rule]);
      const put = await t.storage.putStream(t.key, chunksOf(body), { ifAbsent });
      expect(put).toMatchObject({ key: t.key, sizeBytes: body.length, sha256 });
      const stored = await t.stored();
      expect(stored !== undefined && Buffer.compare(stored, body)).toBe(0);
      expect(await t.strandedUploads()).toBe(0);
      expect(t.retries.length).toBeGreaterThan(0);
    }
  });

  test("succeeds when every answer to the completion is lost, because it looks", async () => {
    await using t = await setUp([{ on: "CompleteMultipartUpload", times: 99, act: "lose-answer" }]);
    const put = await t.storage.putStream(t.key, chunksOf(body));
    expect(put.sha256).toBe(sha256);
    expect(put.etag).not.toBe("");
    expect(await t.stored()).toHaveLength(body.length);
  });

  test("never takes an older object under the same key for its own", async () => {
    await using t = await setUp([
      { on: "CompleteMultipartUpload", times: 99, act: { error: "InternalError", status: 500 } },
    ]);
    const older = randomBytes(body.length);
    const direct = await openS3Storage(s3Options(minio, bucket));
    await direct.putStream(t.key, chunksOf(older));
    await expect(t.storage.putStream(t.key, chunksOf(body))).rejects.toMatchObject({
      code: "storage-unavailable",
    });
    const stored = await t.stored();
    expect(stored !== undefined && Buffer.compare(stored, older)).toBe(0);
    expect(await t.strandedUploads()).toBe(0);
    await direct[Symbol.asyncDispose]();
  });

  test.each([
    [
      "a part is refused",
      { on: "UploadPart", nth: 3, act: { error: "AccessDenied", status: 403 } },
      "storage-access-denied",
    ],
    [
      "parts fail for ever",
      { on: "UploadPart", times: 999, act: { error: "SlowDown", status: 503 } },
      "storage-throttled",
    ],
    [
      "the KMS key is disabled meanwhile",
      { on: "UploadPart", nth: 2, act: { error: "KMS.DisabledException", status: 400 } },
      "storage-rejected",
    ],
    [
      "the completion is refused",
      { on: "CompleteMultipartUpload", act: { error: "InvalidPart", status: 400 } },
      "storage-rejected",
    ],
    [
      "the connection breaks for ever",
      { on: "UploadPart", times: 999, act: { resetAfterRequestBytes: MIB } },
      "storage-unavailable",
    ],
  ] as const)("leaves no parts and no object when %s", async (_, rule, code) => {
    await using t = await setUp([rule]);
    await expect(t.storage.putStream(t.key, chunksOf(body))).rejects.toMatchObject({ code });
    expect(await t.stored()).toBeUndefined();
    expect(await t.strandedUploads()).toBe(0);
    expect(count(t, "AbortMultipartUpload")).toBe(1);
  });

  test("leaves no parts when its source fails or it is cancelled, even if aborting needs another try", async () => {
    for (const how of ["source", "signal"]) {
      await using t = await setUp([
        { on: "AbortMultipartUpload", times: 2, act: { error: "InternalError", status: 500 } },
      ]);
      const control = new AbortController();
      const source = (async function* () {
        yield* chunksOf(body.subarray(0, 20 * MIB));
        if (how === "source") throw new Error("the source broke");
        setTimeout(() => control.abort(), 10);
        await new Promise(() => undefined);
      })();
      const put = t.storage.putStream(t.key, source, { signal: control.signal });
      await expect(put).rejects.toThrow(how === "source" ? "the source broke" : "interrupted");
      expect(await t.strandedUploads()).toBe(0);
      expect(await t.stored()).toBeUndefined();
    }
  });

  test("leaves no upload when it is cancelled while the service begins it", async () => {
    await using t = await setUp([]);
    const control = new AbortController();
    const source = (async function* () {
      yield* chunksOf(body.subarray(0, 12 * MIB));
      while (count(t, "CreateMultipartUpload") === 0) await systemClock.sleep(0);
      control.abort();
      await new Promise(() => undefined);
    })();
    const put = t.storage.putStream(t.key, source, { signal: control.signal });
    await expect(put).rejects.toMatchObject({ code: "cancelled" });
    expect(await t.strandedUploads()).toBe(0);
    expect(count(t, "AbortMultipartUpload")).toBe(1);
  });

  test("reads no further from its source once a part has failed for good", async () => {
    await using t = await setUp([
      { on: "UploadPart", act: { error: "AccessDenied", status: 403 } },
    ]);
    let given = 0;
    const endless = (async function* () {
      const chunk = randomBytes(MIB);
      for (; given < 5000; given += 1) yield chunk;
    })();
    await expect(t.storage.putStream(t.key, endless)).rejects.toMatchObject({
      code: "storage-access-denied",
    });
    expect(given).toBeLessThan(100);
  });

  test("refuses the part that would break the 10,000-part limit, and keeps nothing", async () => {
    await using t = await setUp([]);
    // A sparse source: 78 GiB are claimed by repeating one chunk, and the limit is met before they are sent.
    const lying = (async function* () {
      yield randomBytes(9 * MIB);
      yield { byteLength: 80_000 * MIB, subarray: () => Buffer.alloc(0) } as unknown as Uint8Array;
    })();
    await expect(t.storage.putStream(t.key, lying)).rejects.toMatchObject({
      code: "limit-exceeded",
      hint: expect.stringContaining("larger estimate"),
    });
    expect(await t.strandedUploads()).toBe(0);
  });

  test("takes a conditional put whose answer was lost as done, and another's object as a conflict", async () => {
    await using t = await setUp([{ on: "PutObject", times: 1, act: "lose-answer" }]);
    const put = await t.storage.put(t.key, Buffer.from("ours"), { ifAbsent: true });
    expect(put).toMatchObject({ sizeBytes: 4, sha256: hash("sha256", "ours") });
    expect(count(t, "PutObject")).toBe(2);
    expect((await t.storage.find(t.key))?.etag).toBe(put.etag);
    for (const other of ["THEM", "longer"]) {
      await expect(
        t.storage.put(t.key, Buffer.from(other), { ifAbsent: true }),
      ).rejects.toMatchObject({ code: "storage-conflict" });
    }
    expect((await t.stored())?.toString()).toBe("ours");
  });

  test("takes a small conditional stream whose answer was lost as done", async () => {
    await using t = await setUp([{ on: "PutObject", act: "lose-answer" }]);
    const put = await t.storage.putStream(t.key, chunksOf(Buffer.from("ours")), { ifAbsent: true });
    expect(put.sha256).toBe(hash("sha256", "ours"));
    expect((await t.stored())?.toString()).toBe("ours");
  });

  test("does not call a conflict what it cannot look at just now", async () => {
    await using t = await setUp([
      { on: "PutObject", act: "lose-answer" },
      { on: "HeadObject", times: 2, act: { status: 503, body: "" } },
    ]);
    const put = await t.storage.put(t.key, Buffer.from("ours"), { ifAbsent: true });
    expect(put.sizeBytes).toBe(4);
  });

  test("is told of a refusal even when the service answers before it has read the body", async () => {
    const act = { error: "AccessDenied", status: 403, early: true };
    await using t = await setUp([{ on: "PutObject", times: 9, act }]);
    for (let round = 0; round < 5; round += 1) {
      await expect(t.storage.put(t.key, body)).rejects.toMatchObject({
        code: "storage-access-denied",
      });
    }
  });

  test("sweeps what a killed process left, when it is old", async () => {
    await using t = await setUp([]);
    const dying = await setUp([
      { on: ["AbortMultipartUpload"], times: 999, act: { error: "InternalError", status: 500 } },
      { on: "UploadPart", nth: 2, act: { error: "AccessDenied", status: 403 } },
    ]);
    await expect(dying.storage.putStream(dying.key, chunksOf(body))).rejects.toThrow();
    expect(await dying.strandedUploads()).toBe(1);
    const now = systemClock.now().getTime();
    expect(await t.storage.sweepUploads(dying.key, new Date(now - 60_000))).toBe(0);
    const later = new Date(now + 60_000);
    expect(await t.storage.sweepUploads(dying.key, later, { countOnly: true })).toBe(1);
    expect(await dying.strandedUploads()).toBe(1);
    expect(await t.storage.sweepUploads(dying.key, later)).toBe(1);
    expect(await dying.strandedUploads()).toBe(0);
    await dying[Symbol.asyncDispose]();
  });

  test("sweeps nothing, without complaint, where uploads may not be listed", async () => {
    await using t = await setUp([
      { on: "ListMultipartUploads", act: { error: "AccessDenied", status: 403 } },
    ]);
    expect(await t.storage.sweepUploads("", systemClock.now())).toBe(0);
  });
});
