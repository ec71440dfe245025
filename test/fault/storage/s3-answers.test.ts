import { describe, expect, test } from "vitest";
import { BackupError, Secret } from "../../../lib/base/index.ts";
import {
  type ObjectStorage,
  openS3Storage,
  type S3StorageOptions,
} from "../../../lib/storage/index.ts";
import { collect } from "../../helpers/chunks.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";
import {
  type Act,
  type S3Operation,
  type ScriptedS3,
  startScriptedS3,
} from "../../helpers/scripted-s3.ts";

const secret = "wJalrXUtnFEMI-not-to-be-shown";

async function openAws(
  server: ScriptedS3,
  more: Partial<S3StorageOptions> = {},
): Promise<ObjectStorage> {
  return await openS3Storage({
    bucket: "backups",
    preset: "aws",
    endpoint: server.endpoint,
    addressing: "path",
    region: "eu-central-1",
    accessKeyId: "AKIAEXAMPLE",
    secretAccessKey: new Secret(secret),
    sse: "kms",
    kmsKeyId: "alias/backups",
    clock: fakeClock(new Date("2026-11-21T03:00:00Z")),
    ...more,
  });
}

/** What one call meets when the service answers it so. */
async function failureOf(
  on: S3Operation,
  act: Act,
  call: (storage: ObjectStorage) => Promise<unknown>,
  more: Partial<S3StorageOptions> = {},
): Promise<BackupError> {
  await using server = await startScriptedS3([{ on, act, times: 99 }]);
  await using storage = await openAws(server, more);
  try {
    await call(storage);
  } catch (error) {
    expect(error).toBeInstanceOf(BackupError);
    const failure = error as BackupError;
    expect(JSON.stringify([failure.message, failure.hint, failure.details])).not.toContain(secret);
    return failure;
  }
  throw new Error("the call succeeded");
}

const list = (storage: ObjectStorage): Promise<unknown> => collect(storage.list(""));
const put = (storage: ObjectStorage): Promise<unknown> => storage.put("a/key", Buffer.from("x"));
const get = (storage: ObjectStorage): Promise<unknown> => storage.get("a/key", 10);

const shown = ({ code, message, hint }: BackupError): object => ({ code, message, hint });

describe("what S3 answers, and what the user is told", () => {
  test("the bucket does not exist", async () => {
    const act = { error: "NoSuchBucket", status: 404 };
    expect(shown(await failureOf("ListObjects", act, list))).toEqual({
      code: "storage-not-found",
      message: "s3://backups: the bucket does not exist",
      hint: "make it, or check bucket, region and endpoint of the storage",
    });
  });

  test.each([
    [
      "in a header",
      { error: "PermanentRedirect", status: 301, headers: { "x-amz-bucket-region": "us-west-2" } },
    ],
    [
      "in an element",
      { error: "AuthorizationHeaderMalformed", status: 400, fields: { Region: "us-west-2" } },
    ],
    [
      "in the message",
      {
        error: "AuthorizationHeaderMalformed",
        status: 400,
        message: "the region 'eu-central-1' is wrong; expecting 'us-west-2'",
      },
    ],
    ["without a body", { status: 301, body: "", headers: { "x-amz-bucket-region": "us-west-2" } }],
  ] as const)("the bucket is in another region, named %s", async (_, act) => {
    const failure = await failureOf("ListObjects", act, list);
    expect(shown(failure)).toEqual({
      code: "storage-rejected",
      message: "s3://backups: the bucket is in region us-west-2, eu-central-1 is configured",
      hint: "set the storage's region to us-west-2",
    });
    expect(failure.details).toMatchObject({ region: "us-west-2" });
  });

  test.each([
    ["ListObjects", list, "s3:ListBucket"],
    ["PutObject", put, "s3:PutObject"],
    ["DeleteObject", (s: ObjectStorage) => s.delete("a/key"), "s3:DeleteObject"],
    [
      "ListObjectVersions",
      (s: ObjectStorage) => collect(s.listVersions("")),
      "s3:ListBucketVersions",
    ],
  ] as const)("%s is not allowed: the missing action is named", async (on, call, action) => {
    const failure = await failureOf(on, { error: "AccessDenied", status: 403 }, call);
    expect(failure).toMatchObject({
      code: "storage-access-denied",
      message: expect.stringContaining(`${action} is not allowed`),
      hint: `allow ${action} in the policy of these credentials`,
      details: { action, httpStatus: 403 },
    });
  });

  test("reading is not allowed: never taken for absence, and the hint says what else it may be", async () => {
    const failure = await failureOf("GetObject", { error: "AccessDenied", status: 403 }, get);
    expect(shown(failure)).toEqual({
      code: "storage-access-denied",
      message: 's3://backups: object "a/key": s3:GetObject is not allowed',
      hint: "allow s3:GetObject (and s3:ListBucket: without it an absent object looks the same) in the policy of these credentials",
    });
  });

  test.each([
    [
      "named by AWS",
      "User: arn:aws:iam::1:user/x is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:eu-central-1:1:key/2 because no identity-based policy allows the kms:GenerateDataKey action",
    ],
    ["hinted at", "The ciphertext refers to a KMS key that you are not allowed to use"],
  ])("the KMS key may not be used, %s", async (_, message) => {
    const act = { error: "AccessDenied", status: 403, message };
    expect(shown(await failureOf("PutObject", act, put))).toEqual({
      code: "storage-access-denied",
      message: 's3://backups: object "a/key": kms:GenerateDataKey is not allowed',
      hint: "allow kms:GenerateDataKey on the KMS key, in its key policy or the role's",
    });
  });

  test.each([
    ["KMS.DisabledException", "the KMS key is disabled"],
    ["KMS.NotFoundException", "the KMS key does not exist there"],
    [
      "KMS.KMSInvalidStateException",
      "the KMS key is not in a usable state, perhaps scheduled for deletion",
    ],
  ])("%s", async (error, text) => {
    const failure = await failureOf("PutObject", { error, status: 400 }, put);
    expect(failure).toMatchObject({
      code: "storage-rejected",
      message: `s3://backups: object "a/key": ${text}`,
      hint: expect.stringContaining("key"),
      details: { serviceCode: error },
    });
  });

  test("the bucket belongs to somebody else", async () => {
    const owner = { expectedBucketOwner: "111122223333" };
    await using server = await startScriptedS3([
      { on: "PutObject", act: { error: "AccessDenied", status: 403 } },
    ]);
    await using storage = await openAws(server, owner);
    await expect(put(storage)).rejects.toMatchObject({
      code: "storage-access-denied",
      hint: expect.stringContaining("check that the bucket belongs to account 111122223333"),
    });
    expect(server.seen[0]?.headers["x-amz-expected-bucket-owner"]).toBe("111122223333");
  });

  test("the clock is wrong: both times are shown", async () => {
    const act = {
      error: "RequestTimeTooSkewed",
      status: 403,
      fields: { RequestTime: "20261121T030000Z", ServerTime: "2026-11-22T03:00:07Z" },
    };
    expect(shown(await failureOf("ListObjects", act, list))).toEqual({
      code: "storage-rejected",
      message:
        "s3://backups refuses this machine's clock: here it is 2026-11-21T03:00:00.000Z, there 2026-11-22T03:00:07.000Z",
      hint: "set this machine's clock, best by NTP",
    });
  });

  test("the clock stays wrong for the next request too: nothing is corrected in secret", async () => {
    const act = { error: "RequestTimeTooSkewed", status: 403 };
    await using server = await startScriptedS3([{ on: "ListObjects", act, times: 2 }]);
    await using storage = await openAws(server);
    for (let round = 0; round < 2; round += 1) {
      await expect(list(storage)).rejects.toThrow("refuses this machine's clock");
    }
    const dates = server.seen.map(({ headers }) => String(headers["x-amz-date"]).slice(0, 11));
    expect(new Set(dates).size).toBe(1);
  });

  test.each([
    ["ExpiredToken", 400, "storage-access-denied", /credentials have expired/],
    ["InvalidAccessKeyId", 403, "storage-access-denied", /access key is not known/],
    ["SignatureDoesNotMatch", 403, "storage-access-denied", /does not belong to the access key id/],
    ["SlowDown", 503, "storage-throttled", /slow down/],
    ["ServiceUnavailable", 503, "storage-throttled", /slow down/],
    ["TooManyRequests", 429, "storage-throttled", /slow down/],
    ["InternalError", 500, "storage-unavailable", /failed on its side/],
    ["RequestTimeout", 400, "storage-timeout", /waited too long/],
    ["ConditionalRequestConflict", 409, "storage-unavailable", /failed on its side/],
    ["BadDigest", 400, "storage-unavailable", /changed on the way/],
    ["QuotaExceeded", 403, "storage-full", /quota is full/],
    ["XMinioStorageFull", 507, "storage-full", /quota is full/],
    ["InvalidObjectState", 403, "storage-rejected", /archive class/],
    ["SecondLevelDomainForbidden", 403, "storage-rejected", /bucket in the host name/],
    ["EntityTooLarge", 400, "storage-rejected", /PutObject was refused: EntityTooLarge: by script/],
  ] as const)("%s", async (error, status, code, message) => {
    const failure = await failureOf("PutObject", { error, status }, put);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(failure.details).toMatchObject({ serviceCode: error, httpStatus: status });
    if (code !== "storage-rejected") expect(failure.hint).toBeDefined();
  });

  test.each([502, 503, 504])("a gateway in between answers %i in HTML", async (status) => {
    const act = { status, body: "<html><body><h1>Bad Gateway</h1></body></html>" };
    const failure = await failureOf("ListObjects", act, list);
    expect(failure.isRetryable).toBe(true);
  });

  test.each([200, 404])("what answers is no S3 service (status %i)", async (status) => {
    const act = { status, body: "<!doctype html><p>Welcome to your router" };
    const failure = await failureOf("ListObjects", act, list);
    expect(shown(failure)).toEqual({
      code: "storage-rejected",
      message: `s3://backups: what answers there is no S3 service (status ${status})`,
      hint: "check the endpoint",
    });
  });

  test("the service stores without the KMS encryption that was asked for", async () => {
    const act = { status: 200, body: "", headers: { etag: '"1"' } };
    const failure = await failureOf("PutObject", act, put);
    expect(failure).toMatchObject({
      code: "storage-rejected",
      message: "s3://backups stores without the KMS encryption that was asked for",
    });
  });
});

describe("what is sent with each request", () => {
  const stored = {
    status: 200,
    body: "",
    headers: { etag: '"1"', "x-amz-server-side-encryption": "aws:kms" },
  };

  test("SSE-KMS with key and bucket key, and a checksum that the service stores", async () => {
    await using server = await startScriptedS3([{ on: "PutObject", act: stored }]);
    await using storage = await openAws(server);
    await storage.put("a/key", Buffer.from("x"), { ifAbsent: true, contentType: "text/plain" });
    expect(server.seen[0]?.headers).toMatchObject({
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": "alias/backups",
      "x-amz-server-side-encryption-bucket-key-enabled": "true",
      "x-amz-checksum-sha256": "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=",
      "x-amz-content-sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
      "if-none-match": "*",
      "content-type": "text/plain",
      "content-length": "1",
    });
  });

  test("SSE-S3, or nothing", async () => {
    for (const [sse, header] of [
      ["s3", "AES256"],
      ["none", undefined],
    ] as const) {
      await using server = await startScriptedS3([{ on: "PutObject", act: stored }]);
      await using storage = await openAws(server, { sse, kmsKeyId: undefined });
      await put(storage);
      expect(server.seen[0]?.headers["x-amz-server-side-encryption"]).toBe(header);
    }
  });

  test("off AWS: no owner, no checksum header, no chunked encoding", async () => {
    await using server = await startScriptedS3([{ on: "PutObject", act: stored }]);
    const more = { preset: "minio", expectedBucketOwner: "111122223333" };
    await using storage = await openAws(server, more);
    await put(storage);
    const names = Object.keys(server.seen[0]?.headers ?? {});
    expect(names.filter((name) => /checksum|owner|trailer|chunked|expect$/.test(name))).toEqual([]);
    expect(server.seen[0]?.headers["transfer-encoding"]).toBeUndefined();
  });
});
