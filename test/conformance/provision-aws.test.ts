import { CreatePolicyVersionCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import {
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  applyProvision,
  applyTeardown,
  type CloudOptions,
  differences,
  planProvision,
  planTeardown,
} from "../../lib/provision/index.ts";
import { type AwsProxy, startAwsProxy } from "../helpers/aws-proxy.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { AWS_BLUEPRINT as BLUEPRINT, cloudOptions } from "../helpers/provision.ts";
import { s3Client } from "../helpers/s3.ts";

describeWith("moto", "provision on AWS", () => {
  let moto: Moto;
  let proxy: AwsProxy;
  let options: CloudOptions;
  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startAwsProxy(moto.endpoint);
    options = cloudOptions(moto, proxy.endpoint);
  });
  beforeEach(async () => {
    await moto.reset();
    proxy.forget();
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await moto[Symbol.asyncDispose]();
  });

  const plan = (blueprint = BLUEPRINT) => planProvision(blueprint, options);
  const actions = async (blueprint = BLUEPRINT) =>
    Object.fromEntries((await plan(blueprint)).items.map(({ id, action }) => [id, action]));
  const setUp = async (blueprint = BLUEPRINT) =>
    await applyProvision(await plan(blueprint), options);
  const settings = (): ReturnType<typeof s3Client> =>
    s3Client({ ...moto, region: BLUEPRINT.region });

  test("an empty account gets everything, and a second run sends nothing that changes anything", async () => {
    const first = await plan();
    expect(proxy.changes).toEqual([]);
    expect(first.caller).toMatchObject({ account: "123456789012", partition: "aws" });
    expect(first.items.map(({ id, action }) => `${action} ${id}`)).toEqual([
      "create key",
      "create key-policy",
      "create key-rotation",
      "create bucket",
      "create bucket-public-access",
      "create bucket-ownership",
      "create bucket-versioning",
      "create bucket-encryption",
      "create bucket-policy",
      "create bucket-lifecycle",
      "create bucket-tags",
      "create policy-standard",
      "create role-standard",
      "create role-standard-policy",
      "create instance-profile",
    ]);
    const { provisioned } = await applyProvision(first, options);
    expect(provisioned).toMatchObject({
      account: "123456789012",
      keyArn: expect.stringMatching(/^arn:aws:kms:eu-central-1:123456789012:key\//),
      roles: { standard: "arn:aws:iam::123456789012:role/clawback/clawback-agent-standard" },
      instanceProfile: "clawback-agent-standard",
    });
    proxy.forget();
    const second = await plan();
    expect(new Set(second.items.map(({ action }) => action))).toEqual(new Set(["keep"]));
    await applyProvision(second, options);
    expect(proxy.changes).toEqual([]);
  });

  test("a second machine of the fleet adds its policy and role, and changes nothing of the first", async () => {
    await setUp();
    const other = { ...BLUEPRINT, instance: "second", level: "strict", trust: "account" } as const;
    const added = await plan(other);
    expect(differences(added).map(({ id }) => id)).toEqual([
      ...["policy-writer", "policy-restorer", "policy-pruner"],
      ...["role-writer", "role-writer-policy", "role-restorer", "role-restorer-policy"],
      ...["role-pruner", "role-pruner-policy"],
    ]);
    await applyProvision(added, options);
    expect(differences(await plan())).toEqual([]);
  });

  test("what somebody loosened since shows as drift, and is mended; what others wrote stays", async () => {
    await setUp();
    const client = settings();
    const at = { Bucket: BLUEPRINT.bucket };
    await client.send(
      new PutBucketVersioningCommand({ ...at, VersioningConfiguration: { Status: "Suspended" } }),
    );
    await client.send(
      new PutPublicAccessBlockCommand({
        ...at,
        PublicAccessBlockConfiguration: { BlockPublicAcls: true },
      }),
    );
    const foreign = {
      Sid: "Auditors",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::123456789012:root" },
      Action: "s3:GetBucketPolicy",
      Resource: `arn:aws:s3:::${BLUEPRINT.bucket}`,
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [foreign] });
    await client.send(new PutBucketPolicyCommand({ ...at, Policy }));
    client.destroy();
    const drift = await plan();
    expect(differences(drift).map(({ id, why }) => `${id}: ${why}`)).toEqual([
      "bucket-public-access: public access is not blocked wholly",
      "bucket-versioning: the keeping of versions was suspended",
      "bucket-policy: it says nothing of this; other statements stay as they are",
    ]);
    await applyProvision(drift, options);
    const mended = await plan();
    expect(differences(mended)).toEqual([]);
    const sent = drift.items.find(({ id }) => id === "bucket-policy")?.calls[0]?.input.Policy;
    expect(JSON.parse(String(sent)).Statement[0]).toEqual(foreign);
  });

  test("a rule that expires current versions is named, and not touched", async () => {
    await setUp();
    const client = settings();
    const { PutBucketLifecycleConfigurationCommand } = await import("@aws-sdk/client-s3");
    const [ours] = (await plan()).items.filter(({ id }) => id === "bucket-lifecycle");
    expect(ours?.action).toBe("keep");
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: BLUEPRINT.bucket,
        LifecycleConfiguration: {
          Rules: [
            { ID: "tidy", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 90 } },
          ],
        },
      }),
    );
    client.destroy();
    const { warnings } = await plan();
    expect(warnings).toEqual([expect.stringMatching(/"tidy".*removes or moves current versions/)]);
    await setUp();
    expect((await plan()).warnings).toHaveLength(1);
  });

  test("more than the plan showed is never changed", async () => {
    const shown = await plan();
    await applyProvision(shown, options);
    const kept = await plan();
    const client = settings();
    await client.send(
      new PutBucketVersioningCommand({
        Bucket: BLUEPRINT.bucket,
        VersioningConfiguration: { Status: "Suspended" },
      }),
    );
    client.destroy();
    await expect(applyProvision(kept, options)).rejects.toMatchObject({ code: "plan-outdated" });
  });

  test("a key of another bucket is not taken over, one that exists is used as it is", async () => {
    const { provisioned } = await setUp();
    const other = { ...BLUEPRINT, bucket: "another-bucket" };
    const refused = await plan(other);
    expect(refused.items.find(({ id }) => id === "key-policy")).toMatchObject({
      action: "cannot",
      why: expect.stringMatching(/serves another bucket/),
    });
    await expect(applyProvision(refused, options)).rejects.toMatchObject({
      code: "policy-refused",
    });
    const id = provisioned.keyArn ?? "";
    const existing = { ...other, key: { kind: "existing", id } } as const;
    expect(await actions(existing)).toMatchObject({ key: "keep", bucket: "create" });
    expect(await actions({ ...other, key: { kind: "existing", id: "alias/none" } })).toMatchObject({
      key: "cannot",
    });
    expect(await actions({ ...other, key: { kind: "none" } })).toMatchObject({
      "bucket-encryption": "create",
    });
  });

  test("a bucket that answers, but to another account, is never used", async () => {
    for (const operation of ["HEAD bucket", "GET location"]) proxy.deny(operation);
    const { items } = await plan();
    expect(items.find(({ id }) => id === "bucket")).toMatchObject({
      action: "cannot",
      why: expect.stringMatching(/does not belong to account 123456789012/),
    });
    expect(proxy.expectedOwners).toEqual(new Set(["123456789012"]));
  });

  test("a machine with its narrow role sees that all it needs stands, and what it may not look at is named", async () => {
    await setUp();
    for (const operation of ["HEAD bucket", "GetPolicy", "GetRole", "GetInstanceProfile"])
      proxy.deny(operation);
    proxy.deny("ListAttachedRolePolicies");
    const seen = await plan();
    expect(seen.items.filter(({ action }) => action !== "keep")).toMatchObject([
      {
        id: "policy-standard",
        action: "unknown",
        why: "not looked at: iam:GetPolicy is not allowed",
      },
      { id: "role-standard", action: "unknown", why: "not looked at: iam:GetRole is not allowed" },
      { id: "role-standard-policy", action: "unknown" },
      { id: "instance-profile", action: "unknown" },
    ]);
    expect(differences(seen)).toEqual([]);
    proxy.forget();
    for (const operation of ["HEAD bucket", "GetPolicy"]) proxy.deny(operation);
    await applyProvision(await plan(), options);
    expect(proxy.changes).toEqual([]);
  });

  test("where the key may not be looked at, the right that is missing is named", async () => {
    await setUp();
    proxy.deny("DescribeKey");
    const refused = await plan();
    expect(refused.items.find(({ id }) => id === "key")).toMatchObject({
      action: "cannot",
      why: "kms:DescribeKey is not allowed",
    });
    await expect(applyProvision(refused, options)).rejects.toThrow(/kms:DescribeKey/);
  });

  test("a key that is about to be deleted stops everything, with what to do", async () => {
    const { provisioned } = await setUp();
    const client = new KMSClient({
      endpoint: moto.endpoint,
      region: BLUEPRINT.region,
      credentials: moto,
    });
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: provisioned.keyArn?.split("/")[1] }));
    client.destroy();
    const { items } = await plan();
    expect(items.find(({ id }) => id === "key")).toMatchObject({
      action: "cannot",
      why: expect.stringMatching(/scheduled for deletion; cancel that at once/),
    });
  });

  test("a policy that was changed is put right as a new version, also when it has five already", async () => {
    await setUp();
    const PolicyArn = "arn:aws:iam::123456789012:policy/clawback/clawback-agent-standard";
    const client = new IAMClient({
      endpoint: moto.endpoint,
      region: BLUEPRINT.region,
      credentials: moto,
    });
    const everything = { Effect: "Allow", Action: "s3:*", Resource: "*" };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [everything] });
    for (let version = 2; version <= 5; version++)
      await client.send(
        new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }),
      );
    client.destroy();
    const [changed] = differences(await plan());
    expect(changed).toMatchObject({ id: "policy-standard", why: "it says something else" });
    expect(changed?.calls.map(({ operation }) => operation)).toEqual([
      "DeletePolicyVersion",
      "CreatePolicyVersion",
    ]);
    await setUp();
    expect(differences(await plan())).toEqual([]);
  });

  test("a role of somebody else with the same name is not taken", async () => {
    const client = new IAMClient({
      endpoint: moto.endpoint,
      region: BLUEPRINT.region,
      credentials: moto,
    });
    const trust = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
    await client.send(
      new CreateRoleCommand({
        RoleName: "clawback-agent-standard",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
      }),
    );
    client.destroy();
    expect((await plan()).items.find(({ id }) => id === "role-standard")).toMatchObject({
      action: "cannot",
      why: "another role has this name, at the path /",
    });
  });

  test("a bucket that shall exist is never made", async () => {
    expect(await actions({ ...BLUEPRINT, isExistingBucket: true })).toMatchObject({
      bucket: "cannot",
    });
  });

  test("names that cannot be are refused before anything is asked", async () => {
    for (const bucket of ["UPPER", "a", "-x-y", "1.2.3.4"])
      await expect(plan({ ...BLUEPRINT, bucket })).rejects.toMatchObject({
        code: "invalid-argument",
      });
    const key = { kind: "new", alias: "clawback" } as const;
    await expect(plan({ ...BLUEPRINT, key })).rejects.toMatchObject({ code: "invalid-argument" });
  });

  test("teardown removes roles and policies, and names what stays with the commands for it", async () => {
    await setUp();
    const down = await planTeardown(BLUEPRINT, options);
    expect(down.calls.map(({ operation }) => operation)).toEqual([
      "RemoveRoleFromInstanceProfile",
      "DeleteInstanceProfile",
      "DetachRolePolicy",
      "DeleteRole",
      "DeletePolicy",
    ]);
    expect(down.stays.map(({ title }) => title).join()).toMatch(/bucket clawback.*KMS key alias/);
    await applyTeardown(down, options);
    expect(differences(await plan()).map(({ id }) => id)).toEqual([
      ...["policy-standard", "role-standard", "role-standard-policy", "instance-profile"],
    ]);
    expect((await planTeardown(BLUEPRINT, options)).calls).toEqual([]);
    await setUp();
    expect(differences(await plan())).toEqual([]);
  });
});
