import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { STSClient } from "@aws-sdk/client-sts";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import { type CredentialSource, resolveCredentials } from "./credentials.ts";
import { SILENT } from "./logger.ts";
import type { AwsClientOptions, S3ClientOptions } from "./options.ts";

interface SharedConfig {
  region?: string;
  endpoint?: string;
  profile?: string;
  credentials: CredentialSource;
  requestHandler: NodeHttpHandler;
  maxAttempts: number;
  logger: typeof SILENT;
  disableClockSkewCorrection: boolean;
  customUserAgent: string;
}

/** Makes an S3 client that neither retries nor redirects nor adds checksums by itself: the storage does, by its own rules. */
export async function createS3Client(options: S3ClientOptions): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  return new S3Client({
    ...(await sharedConfig(options)),
    forcePathStyle: options.forcePathStyle,
    // Other services refuse the checksums that the SDK adds by default (aws/aws-sdk-js-v3#6810), and its checked downloads can
    // hang (aws/aws-sdk-js-v3#8098). Parts carry a checksum of ours where the service knows it.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // It would cost a connection, and so a TLS handshake, for every part.
    expectContinueHeader: false,
  });
}

/** Makes a KMS client that does not retry by itself. */
export async function createKmsClient(options: AwsClientOptions): Promise<KMSClient> {
  const { KMSClient } = await import("@aws-sdk/client-kms");
  return new KMSClient(await sharedConfig(options));
}

/** Makes an IAM client that does not retry by itself. */
export async function createIamClient(options: AwsClientOptions): Promise<IAMClient> {
  const { IAMClient } = await import("@aws-sdk/client-iam");
  return new IAMClient(await sharedConfig(options));
}

/** Makes an STS client that does not retry by itself. */
export async function createStsClient(options: AwsClientOptions): Promise<STSClient> {
  const { STSClient } = await import("@aws-sdk/client-sts");
  return new STSClient(await sharedConfig(options));
}

/** Makes an SNS client that does not retry by itself. */
export async function createSnsClient(options: AwsClientOptions): Promise<SNSClient> {
  const { SNSClient } = await import("@aws-sdk/client-sns");
  return new SNSClient(await sharedConfig(options));
}

async function sharedConfig(options: AwsClientOptions): Promise<SharedConfig> {
  const { region, endpoint, profile } = options;
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    credentials: await resolveCredentials(options),
    requestHandler: await createHandler(options),
    maxAttempts: 1,
    logger: SILENT,
    // A machine whose clock is wrong also names and dates its backups wrongly: say so instead of working around it.
    disableClockSkewCorrection: true,
    customUserAgent: "clawback",
  };
}

async function createHandler(options: AwsClientOptions): Promise<NodeHttpHandler> {
  const { NodeHttpHandler } = await import("@smithy/node-http-handler");
  const agent = { keepAlive: true, maxSockets: options.maxSockets ?? 32 };
  return new NodeHttpHandler({
    connectionTimeout: options.connectTimeoutMs ?? 10_000,
    socketTimeout: options.idleTimeoutMs ?? 60_000,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
    logger: SILENT,
  });
}
