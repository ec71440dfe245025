import { describe, expect, test } from "vitest";
import { z } from "zod";
import { resolvePreset, STORAGE_PRESETS } from "../../../lib/storage/index.ts";

const preset = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  name: z.string().min(2),
  endpoint: z.string().startsWith("https://").optional(),
  hosts: z.array(z.string().regex(/^[a-z0-9.-]+\.[a-z]+$/)),
  region: z.string().optional(),
  addressing: z.enum(["path", "virtual"]),
  checksums: z.enum(["sha256", "required"]),
  conditionalCreate: z.boolean(),
  equalParts: z.boolean(),
  partConcurrency: z.int().min(2).max(4),
  sse: z.array(z.enum(["kms", "s3"])),
  versioning: z.boolean(),
  note: z.string().endsWith("."),
  source: z.array(z.string()).min(1),
});

describe("storage presets", () => {
  test.each(STORAGE_PRESETS.map((each) => [each.id, each] as const))(
    "%s is complete and says where its facts come from",
    (_, each) => {
      preset.parse(each);
      const needed = [...(each.endpoint ?? "").matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const name of needed) expect(["region", "account"]).toContain(name);
    },
  );

  test("know the services that the README names", () => {
    expect(STORAGE_PRESETS.map(({ id }) => id)).toEqual([
      "aws",
      "alibaba-oss",
      "tencent-cos",
      "minio",
      "cloudflare-r2",
      "backblaze-b2",
      "wasabi",
      "digitalocean",
      "hetzner",
      "scaleway",
      "google-cloud",
      "ceph",
      "seaweedfs",
      "garage",
      "other",
    ]);
  });
});

describe("resolving a preset", () => {
  test.each([
    [{}, "aws", undefined],
    [{ preset: "aws", region: "eu-central-1" }, "aws", undefined],
    [
      { preset: "alibaba-oss", region: "cn-hangzhou" },
      "alibaba-oss",
      "https://s3.oss-cn-hangzhou.aliyuncs.com",
    ],
    [
      { preset: "cloudflare-r2", account: "abc" },
      "cloudflare-r2",
      "https://abc.r2.cloudflarestorage.com",
    ],
    [{ preset: "minio", endpoint: "http://127.0.0.1:9000" }, "minio", "http://127.0.0.1:9000"],
    [
      { endpoint: "https://abc.eu.r2.cloudflarestorage.com" },
      "cloudflare-r2",
      "https://abc.eu.r2.cloudflarestorage.com",
    ],
    [
      { endpoint: "https://oss-cn-hangzhou.aliyuncs.com" },
      "alibaba-oss",
      "https://oss-cn-hangzhou.aliyuncs.com",
    ],
    [
      { endpoint: "https://s3.eu-west-1.amazonaws.com" },
      "aws",
      "https://s3.eu-west-1.amazonaws.com",
    ],
    [{ endpoint: "https://notaliyuncs.com" }, "other", "https://notaliyuncs.com"],
    [{ endpoint: "http://nas.local:3900" }, "other", "http://nas.local:3900"],
  ])("%j gives %s", (choice, id, endpoint) => {
    expect(resolvePreset(choice)).toMatchObject({ id, endpoint });
  });

  test("takes the region given, else the service's own", () => {
    expect(resolvePreset({ preset: "cloudflare-r2", account: "a" }).region).toBe("auto");
    expect(resolvePreset({ preset: "aws" }).region).toBeUndefined();
    expect(resolvePreset({ preset: "hetzner", region: "fsn1" })).toMatchObject({
      region: "fsn1",
      endpoint: "https://fsn1.your-objectstorage.com",
    });
  });

  test.each([
    [{ preset: "nonsense" }, /"nonsense" does not exist/],
    [{ preset: "wasabi" }, /needs the region/],
    [{ preset: "cloudflare-r2" }, /needs the account/],
    [{ preset: "minio" }, /no endpoint of its own/],
    [{ endpoint: "nas.local:9000" }, /not a web address/],
    [{ endpoint: "ftp://nas.local" }, /not a web address/],
  ])("refuses %j with a hint", (choice, message) => {
    expect(() => resolvePreset(choice)).toThrow(
      expect.objectContaining({
        code: "invalid-settings",
        message: expect.stringMatching(message),
        hint: expect.any(String),
      }),
    );
  });

  test("shows no password that stands in an endpoint", () => {
    const choice = { endpoint: "https://user:hunter2@nas.local" };
    expect(() => resolvePreset(choice)).toThrow(/^((?!hunter2).)*$/);
  });
});
