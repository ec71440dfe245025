import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { makeSample } from "../../lib/app/sample.ts";
import { type Clawback, clawback } from "./clawback.ts";
import type { Moto } from "./moto.ts";
import { s3Client } from "./s3.ts";
import { type TempDir, tempDir } from "./temp-dir.ts";

export interface KmsMachineOptions {
  readonly bucket: string;
  /** @default "agent" */
  readonly instance?: string | undefined;
  readonly kmsKey?: string | undefined;
  /** @default moto's */
  readonly kmsEndpoint?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A machine with nothing but an installation and the settings of a storage `s3`. */
export interface KmsMachine extends AsyncDisposable {
  readonly dir: TempDir;
  readonly program: Clawback;
  readonly stateDir: string;
}

/** Makes a machine that stores in a bucket of moto as if it were AWS. */
export async function kmsMachine(moto: Moto, options: KmsMachineOptions): Promise<KmsMachine> {
  const { bucket, instance = "agent", kmsKey, kmsEndpoint = moto.endpoint } = options;
  const dir = await tempDir();
  const stateDir = dir.join(".openclaw");
  await makeSample(stateDir, { files: 5 });
  const secret = dir.join("secret");
  writeFileSync(secret, moto.secretAccessKey, { mode: 0o600 });
  const env = { CLAWBACK_INSTANCE: instance, ...options.env };
  const program = clawback({ userHome: dir.path, env, as: "function" });
  await program.json([
    ...["storage", "add", "s3", "--type", "s3", "--preset", "aws", "--addressing", "path"],
    ...["--endpoint", moto.endpoint, "--region", moto.region, "--bucket", bucket],
    ...["--access-key-id", moto.accessKeyId, "--secret-access-key-file", secret],
    ...(kmsKey === undefined ? [] : ["--kms-key", kmsKey]),
    ...["--kms-endpoint", kmsEndpoint],
  ]);
  return { dir, program, stateDir, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

/** Makes a KMS key. @returns its ARN */
export async function createKmsKey(moto: Moto, alias?: string): Promise<string> {
  const { endpoint, region } = moto;
  const client = new KMSClient({ endpoint, region, credentials: moto });
  const { KeyMetadata: key } = await client.send(new CreateKeyCommand({}));
  const TargetKeyId = key?.KeyId ?? "";
  if (alias !== undefined) {
    await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId }));
  }
  client.destroy();
  return key?.Arn ?? "";
}

/** The keys of a bucket that begin so. */
export async function keysIn(moto: Moto, bucket: string, prefix: string): Promise<string[]> {
  const client = s3Client(moto);
  const request = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix });
  const { Contents = [] } = await client.send(request);
  client.destroy();
  return Contents.map(({ Key = "" }) => Key);
}

export interface RefusingKms extends AsyncDisposable {
  readonly endpoint: string;
}

/** A KMS that answers everything with one refusal: moto knows neither disabled keys nor rights. */
export async function refusingKms(type: string, message: string): Promise<RefusingKms> {
  const server = createServer((_request, response) => {
    response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ __type: type, message }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
