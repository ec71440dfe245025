import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { openInstallation } from "../helpers/installation.ts";
import { type AccessKey, startMinio } from "../helpers/minio.ts";
import { startMoto } from "../helpers/moto.ts";
import { runOpenClawJson } from "../helpers/openclaw.ts";
import { partPath, testWith } from "../helpers/parts.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { bareEnvironment, cacheDir, NODE } from "../parts/environment.ts";
import { runOrThrow } from "../parts/run.ts";

interface Address {
  readonly endpoint: string;
  readonly region: string;
}

function client({ endpoint, region }: Address, credentials: AccessKey): S3Client {
  const { accessKeyId, secretAccessKey } = credentials;
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
}

const object = { Bucket: "backups", Key: "a/b" };

testWith("minio", "MinIO stores under its KMS key and refuses a key it does not know", async () => {
  await using minio = await startMinio();
  const s3 = client(minio, minio);
  await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }));

  const encrypted = { ...object, Body: "hello", ServerSideEncryption: "aws:kms" as const };
  const stored = await s3.send(new PutObjectCommand({ ...encrypted, SSEKMSKeyId: minio.kmsKeyId }));
  expect(stored.ServerSideEncryption).toBe("aws:kms");
  expect(stored.SSEKMSKeyId).toContain(minio.kmsKeyId);
  const read = await s3.send(new GetObjectCommand(object));
  expect(await read.Body?.transformToString()).toBe("hello");

  const refused = s3.send(new PutObjectCommand({ ...encrypted, SSEKMSKeyId: "another" }));
  await expect(refused).rejects.toMatchObject({ name: "kms:KeyNotFound" });
});

testWith(["minio", "mc"], "a MinIO user can do what its policy says and no more", async () => {
  await using minio = await startMinio();
  await client(minio, minio).send(new CreateBucketCommand({ Bucket: object.Bucket }));
  const writer = await minio.createUser({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:PutObject"], Resource: [`arn:aws:s3:::${object.Bucket}/*`] },
    ],
  });
  const s3 = client(minio, writer);
  await s3.send(new PutObjectCommand({ ...object, Body: "hello" }));
  const refused = s3.send(new GetObjectCommand(object));
  await expect(refused).rejects.toMatchObject({ name: "AccessDenied" });
});

testWith("moto", "moto stores an object, and forgets it when told", async () => {
  await using moto = await startMoto();
  const s3 = client(moto, moto);
  await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }));
  await s3.send(new PutObjectCommand({ ...object, Body: "hello" }));
  await moto.reset();
  const gone = s3.send(new GetObjectCommand(object));
  await expect(gone).rejects.toMatchObject({ name: "NoSuchBucket" });
});

testWith("installation", "a copy of the installation passes OpenClaw's own backup", async () => {
  await using installation = await openInstallation();
  const { home } = installation;
  const output = join(home, "native.tar.gz");
  const args = ["backup", "create", "--verify", "--output", output];
  const report = await runOpenClawJson(args, { home });
  expect(report).toMatchObject({
    verified: true,
    assets: [
      { kind: "workspace", sourcePath: installation.workspaces.research },
      { kind: "state", sourcePath: installation.stateDir },
    ],
  });
});

testWith(["restic", "gpg", "faketime"], "the oracles from the system's packages run", async () => {
  const { stdout: version } = await runOrThrow(partPath("restic"), ["version"]);
  expect(version).toMatch(/^restic \d/);
  const { stdout: about } = await runOrThrow(partPath("gpg"), ["--version"]);
  expect(about).toMatch(/^gpg \(GnuPG\) 2/);
  const clock = ["2031-05-06 12:00:00", "date", "+%Y"];
  expect((await runOrThrow(partPath("faketime"), clock)).stdout).toBe("2031\n");
});

testWith(["minio", "root"], "a server ends with the process that started it", async () => {
  await using dir = await tempDir();
  const script = `
    import { startMinio } from ${JSON.stringify(join(import.meta.dirname, "../helpers/minio.ts"))};
    console.log((await startMinio()).pid);
    setInterval(() => {}, 1000);`;
  const env = bareEnvironment({ TMPDIR: dir.path, CLAWBACK_TEST_CACHE: cacheDir() });
  const starter = spawn(NODE, ["--input-type=module-typescript", "--eval", script], { env });
  const [printed] = await once(starter.stdout, "data");
  const pid = Number(String(printed));
  process.kill(pid, 0);
  starter.kill("SIGKILL");
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
