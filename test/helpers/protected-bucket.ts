import { writeFileSync } from "node:fs";
import {
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import {
  bucketPolicy,
  type InstanceScope,
  type RoleName,
  rolePolicy,
} from "../../lib/provision/index.ts";
import { type Clawback, clawback } from "./clawback.ts";
import { type AccessKey, type Minio, startMinio } from "./minio.ts";
import { forMinio } from "./minio-policies.ts";
import { addMinioStorage } from "./minio-storage.ts";
import { s3Client } from "./s3.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";

const PASSWORD = { CLAWBACK_PASSWORD: "correct horse battery" };

/** A bucket as setup makes it, with two instances in it, each with a backup of its own. */
export interface ProtectedBucket {
  readonly bucket: string;
  readonly archive: string;
  readonly snapshot: string;
  keysOf(role: RoleName): Promise<AccessKey>;
  /** The program on a machine with an installation and the rights of a role. */
  machine(keys: AccessKey): Promise<Clawback>;
}

/** Buckets of one MinIO, set up with the policies that Clawback prints. */
export interface ProtectedBuckets extends AsyncDisposable {
  readonly minio: Minio;
  makeScene(bucket: string): Promise<ProtectedBucket>;
  /** Whether the service refuses a call with these keys. */
  isDenied(keys: AccessKey, work: (client: S3Client) => Promise<unknown>): Promise<boolean>;
  everyKey(bucket: string, prefix: string): Promise<string[]>;
  /** Which of the things that only an administrator may do are allowed with these keys. */
  allowedAttacks(scene: ProtectedBucket, keys: AccessKey): Promise<string[]>;
}

export async function openProtectedBuckets(): Promise<ProtectedBuckets> {
  const minio = await startMinio();
  const homes: TempDir[] = [];

  const machineAt = async (bucket: string, keys: AccessKey): Promise<Clawback> => {
    const user = await tempDir();
    homes.push(user);
    await makeSample(user.join(".openclaw"), { files: 5 });
    await addMinioStorage({ minio, userHome: user.path, bucket, keys });
    const env = { CLAWBACK_INSTANCE: "agent", ...PASSWORD };
    return clawback({ userHome: user.path, env, as: "function" });
  };

  const makeScene = async (bucket: string): Promise<ProtectedBucket> => {
    await minio.mc("mb", "--with-versioning", `test/${bucket}`);
    const scope: InstanceScope = {
      partition: "aws",
      account: "111122223333",
      region: "us-east-1",
      bucket,
      prefix: "",
      instance: "agent",
      keyArn: undefined,
    };
    const user = await tempDir();
    homes.push(user);
    const policy = user.join("bucket-policy.json");
    writeFileSync(policy, JSON.stringify(forMinio(bucketPolicy(scope))));
    await minio.mc("anonymous", "set-json", policy, `test/${bucket}`);
    const administrator = await machineAt(bucket, minio);
    await administrator.json(["create", "--instance", "another"]);
    const { id: archive } = await administrator.json<{ id: string }>(["create", "kept"]);
    const { id: snapshot } = await administrator.json<{ id: string }>(["snapshot"]);
    return {
      bucket,
      archive,
      snapshot,
      keysOf: (role) => minio.createUser(forMinio(rolePolicy(scope, role))),
      machine: (keys) => machineAt(bucket, keys),
    };
  };

  const isDenied = async (keys: AccessKey, work: (client: S3Client) => Promise<unknown>) => {
    const client = s3Client({ ...minio, ...keys });
    try {
      await work(client);
      return false;
    } catch (error) {
      if ((error as { name: string }).name === "AccessDenied") return true;
      throw error;
    } finally {
      client.destroy();
    }
  };

  const everyKey = async (bucket: string, prefix: string): Promise<string[]> => {
    const client = s3Client(minio);
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
    );
    client.destroy();
    return Contents.map(({ Key = "" }) => Key);
  };

  const allowedAttacks = async ({ bucket, archive }: ProtectedBucket, keys: AccessKey) => {
    const key = `agent/archives/${archive}/backup.json`;
    const client = s3Client(minio);
    const { Versions = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }),
    );
    client.destroy();
    const allowed: string[] = [];
    for (const [name, command] of Object.entries(
      attacks(bucket, key, Versions[0]?.VersionId ?? ""),
    ))
      if (!(await isDenied(keys, (each) => each.send(command as never)))) allowed.push(name);
    return allowed;
  };

  return {
    minio,
    makeScene,
    isDenied,
    everyKey,
    allowedAttacks,
    [Symbol.asyncDispose]: async () => {
      await minio[Symbol.asyncDispose]();
      for (const home of homes) await home[Symbol.asyncDispose]();
    },
  };
}

/** What nobody but an administrator may do, whatever the role. */
function attacks(bucket: string, key: string, versionId: string): Record<string, object> {
  const at = { Bucket: bucket, Key: key };
  const open = { Version: "2012-10-17", Statement: [] };
  return {
    "remove a version": new DeleteObjectCommand({ ...at, VersionId: versionId }),
    "suspend versions": new PutBucketVersioningCommand({
      Bucket: bucket,
      VersioningConfiguration: { Status: "Suspended" },
    }),
    "expire everything tomorrow": new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: {
        Rules: [{ ID: "x", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } }],
      },
    }),
    "change the policy": new PutBucketPolicyCommand({
      Bucket: bucket,
      Policy: JSON.stringify(open),
    }),
    "remove the policy": new DeleteBucketPolicyCommand({ Bucket: bucket }),
    "read another instance": new GetObjectCommand({
      Bucket: bucket,
      Key: "another/archives/x/backup.json",
    }),
    "list another instance": new ListObjectsV2Command({ Bucket: bucket, Prefix: "another/" }),
    "list everybody": new ListObjectsV2Command({ Bucket: bucket }),
    "list another instance's versions": new ListObjectVersionsCommand({
      Bucket: bucket,
      Prefix: "another/",
    }),
    "write into another instance": new PutObjectCommand({
      Bucket: bucket,
      Key: "another/archives/x/backup.json",
      Body: "x",
    }),
  };
}

/** What every machine does. */
export async function backUpAndVerify(machine: Clawback): Promise<void> {
  const { id } = await machine.json<{ id: string }>(["create", "mine"]);
  expect(await machine.json(["snapshot"])).toMatchObject({ kind: "snapshot" });
  const { backups } = await machine.json<{ backups: { id: string }[] }>(["list"]);
  expect(backups.map((each) => each.id)).toContain(id);
  expect(await machine.json(["verify", id])).toMatchObject({ ok: true });
  expect(await machine.json(["test"])).toMatchObject({ ok: true });
}
