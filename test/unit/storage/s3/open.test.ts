import { describe, expect, test } from "vitest";
import { Secret, systemClock } from "../../../../lib/base/index.ts";
import { openS3Storage, type S3StorageOptions } from "../../../../lib/storage/index.ts";

const options: S3StorageOptions = {
  bucket: "backups",
  region: "eu-central-1",
  accessKeyId: "AKIAEXAMPLE",
  secretAccessKey: new Secret("secret"),
  sse: "none",
  clock: systemClock,
};

describe("opening an S3 storage", () => {
  test("asks nothing of the service, and shows its place without credentials", async () => {
    await using storage = await openS3Storage({ ...options, prefix: "/some/where/" });
    expect(storage.location).toBe("s3://backups/some/where");
  });

  test.each([
    [{ bucket: "s3://backups" }, /bucket name "s3:\/\/backups" is not usable/],
    [{ bucket: "backups/archives" }, /not usable/],
    [{ sse: "s3", kmsKeyId: "alias/x" }, /a KMS key is given, but encryption is s3/],
    [
      { preset: "cloudflare-r2", account: "a", sse: "kms" },
      /Cloudflare R2 has no encryption of the kind kms/,
    ],
    [{ expectedBucketOwner: "my-account" }, /not 12 digits/],
    [{ secretAccessKey: undefined }, /the secret access key is missing/],
    [{ preset: "nonsense" }, /does not exist/],
  ] as const)("refuses %o with a hint", async (more, message) => {
    await expect(openS3Storage({ ...options, ...more })).rejects.toMatchObject({
      code: "invalid-settings",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  test("refuses a bandwidth of nothing", async () => {
    await expect(openS3Storage({ ...options, bandwidth: 0 })).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });
});
