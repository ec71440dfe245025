import { existsSync, readFileSync } from "node:fs";
import { DeleteBucketPolicyCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { clawback } from "../helpers/clawback.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { s3Client } from "../helpers/s3.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

const BUCKET = "clawback-123456789012-eu-central-1-an";

describeWith("moto", "setup on AWS", () => {
  let moto: Moto;
  let user: TempDir;
  beforeAll(async () => {
    moto = await startMoto();
    user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 5 });
  });
  afterAll(async () => {
    await moto[Symbol.asyncDispose]();
    await user[Symbol.asyncDispose]();
  });
  const program = () =>
    clawback({
      userHome: user.path,
      env: { AWS_ACCESS_KEY_ID: moto.accessKeyId, AWS_SECRET_ACCESS_KEY: moto.secretAccessKey },
    });
  const place = () => [
    ...["--preset", "aws", "--region", "eu-central-1", "--instance", "agent", "--trust", "ec2"],
    ...["--endpoint", moto.endpoint, "--aws-endpoint", moto.endpoint],
  ];

  test("setup, check, create, list, status, teardown; a second setup changes nothing", async () => {
    const { plan } = await program().json<{ plan: { cost: { total: number } } }>([
      ...["setup", ...place(), "--plan"],
    ]);
    expect(existsSync(user.join(".clawback"))).toBe(false);
    // The key, and next to nothing for five small files.
    expect(plan.cost.total).toBeGreaterThan(1);
    expect(plan.cost.total).toBeLessThan(1.2);
    const made = await program().json(["setup", ...place(), "--no-first-backup", "--yes"]);
    expect(made).toMatchObject({
      ok: true,
      provisioned: {
        bucket: BUCKET,
        account: "123456789012",
        instanceProfile: "clawback-agent-standard",
      },
      // The administrator's own credentials would make the backups.
      protection: { level: "none" },
      warnings: [expect.stringMatching(/could destroy them/)],
    });
    const settings = JSON.parse(readFileSync(user.join(".clawback", "settings.json"), "utf8"));
    expect(settings.storages).toMatchObject([
      {
        id: "s3",
        bucket: BUCKET,
        sse: "kms",
        kmsKey: expect.stringMatching(/^arn:aws:kms:eu-central-1:123456789012:key\//),
        expectedBucketOwner: "123456789012",
      },
    ]);
    expect(await program().json(["setup", "--yes"])).toMatchObject({ ok: true, changed: 0 });
    expect(await program().json(["setup", "--check"])).toMatchObject({ ok: true, drift: [] });

    // moto denies whatever a denial's conditions say.
    const client = s3Client({ ...moto, region: "eu-central-1" });
    await client.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
    client.destroy();
    const { id } = await program().json<{ id: string }>(["create"]);
    expect(await program().json(["list"])).toMatchObject({ backups: [{ id }] });
    expect(await program().json(["verify", id])).toMatchObject({ ok: true });
    const drift = await program().json(["setup", "--check"], [1]);
    expect(drift).toMatchObject({ ok: false, drift: [{ id: "bucket-policy", action: "create" }] });

    const down = await program().json(["setup", "--teardown", "--yes"]);
    expect(down).toMatchObject({ removed: 5, stays: [{}, {}] });
    expect(await program().json(["list"])).toMatchObject({ backups: [{ id }] });
    expect(await program().json(["setup", "--teardown", "--yes"])).toMatchObject({ removed: 0 });
  });

  test("what is printed needs no credentials, where the account is given or belongs to who deploys", async () => {
    await using other = await tempDir();
    const stranger = clawback({ userHome: other.path });
    const wanted = ["setup", "--region", "eu-central-1", "--instance", "agent"];
    const stack = await stranger.run(...wanted, "--trust", "ec2", "--print", "cloudformation");
    expect(stack.stderr).toBe("");
    const { Resources } = JSON.parse(stack.stdout);
    expect(Object.keys(Resources)).toEqual([
      ...["ClawbackKey", "ClawbackKeyAlias", "ClawbackBucket", "ClawbackBucketPolicy"],
      ...["ClawbackPolicyStandard", "ClawbackRoleStandard", "ClawbackInstanceProfile"],
    ]);
    const account = ["--account", "111122223333"];
    for (const format of ["terraform", "policies", "commands"]) {
      const { code, stdout } = await stranger.run(...wanted, ...account, "--print", format);
      expect({ format, code }).toEqual({ format, code: 0 });
      expect(stdout).toContain("clawback-111122223333-eu-central-1-an");
    }
  });

  test.each([
    [["--region", "eu-central-1", "--bucket", "Has Spaces"], /bucket name .*cannot be used/],
    [["--region", "eu-central-1", "--key-alias", "nonsense"], /alias\/ and a name/],
    [["--region", "eu-central-1", "--prefix", "/x"], /single slashes/],
    [["--region", "eu-central-1", "--access-key-id", "AK"], /secretAccessKeyFile is missing/],
    [["--preset", "cloudflare"], /preset "cloudflare" does not exist/],
    [["--preset", "minio", "--endpoint", "http://127.0.0.1:9"], /has no name/],
    [["--preset", "minio", "--endpoint", "http://127.0.0.1:9", "--bucket", "b1"], /2 characters/],
    [
      ["--preset", "hetzner", "--region", "fsn1", "--bucket", "b-b", "--key", "k"],
      /takes no KMS key/,
    ],
    [["--endpoint", "ftp://x", "--bucket", "b-b"], /http or https URL/],
    [["--region", "eu-central-1", "--instance", "a/b"], /letters, digits/],
    [["--answers", "missing.json"], /do not exist/],
  ])("%j is refused with its reason", async (flags, reason) => {
    await using other = await tempDir();
    const { code, stdout, stderr } = await clawback({
      userHome: other.path,
      as: "function",
      env: { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y" },
    }).run("setup", ...flags, "--aws-endpoint", moto.endpoint, "--yes");
    expect(stderr).toMatch(reason);
    expect(stdout).toBe("");
    expect(code).toBeGreaterThan(0);
  });
});
