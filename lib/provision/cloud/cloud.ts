import {
  type AwsClientOptions,
  createIamClient,
  createKmsClient,
  createS3Client,
  createStsClient,
  type S3ClientOptions,
} from "../../aws/index.ts";
import { assertNotCancelled, BackupError, type Clock, isBackupError } from "../../base/index.ts";
import type { ApiCall } from "../types.ts";
import { loadCommands } from "./commands.ts";
import { translateApiError } from "./errors.ts";

export interface CloudOptions extends S3ClientOptions {
  /** Where KMS, IAM and STS answer. @default AWS's own */
  readonly awsEndpoint?: string | undefined;
  /** How often a request is tried that fails for now. @default 5 */
  readonly attempts?: number | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** The account, through whosever credentials were given. Each call is data; failures that pass are waited out. */
export interface Cloud extends AsyncDisposable {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** How KMS is reached, for its own operations. */
  readonly kms: AwsClientOptions;
  /** Makes a request. @throws BackupError `storage-access-denied` with the right that is missing, `storage-rejected`, … */
  call(call: ApiCall): Promise<Answer>;
  /** The same; undefined when the service answers that there is none. */
  find(call: ApiCall): Promise<Answer | undefined>;
}

export type Answer = Readonly<Record<string, unknown>>;

interface Client {
  send(command: unknown, options: { abortSignal?: AbortSignal }): Promise<unknown>;
  destroy(): void;
}

const ATTEMPTS = 5;
const FIRST_WAIT_MS = 500;
/** A key would be made twice, and billed; the next run finds what a lost answer hid. What only informs is not waited for. */
const NEVER_REPEATED: ReadonlySet<string> = new Set(["CreateKey", "SimulatePrincipalPolicy"]);
/** How services say that something does not exist. */
const ABSENT =
  /^(NoSuch\w*|NotFound(Exception)?|404|ServerSideEncryptionConfigurationNotFoundError|OwnershipControlsNotFoundError|XMinio\w*NotFound\w*)$/;

export function openCloud(options: CloudOptions): Cloud {
  const clients = new Map<ApiCall["service"], Promise<Client>>();
  const { clock, signal, awsEndpoint } = options;
  const aws: AwsClientOptions = { ...options, endpoint: awsEndpoint };
  const clientOf = (service: ApiCall["service"]): Promise<Client> => {
    const client = clients.get(service) ?? createClient(service, options, aws);
    clients.set(service, client);
    return client;
  };
  const send = async (call: ApiCall): Promise<Answer> => {
    assertNotCancelled(signal);
    const [client, commands] = await Promise.all([
      clientOf(call.service),
      loadCommands(call.service),
    ]);
    const make = commands[call.operation];
    if (make === undefined) throw new BackupError("internal", `no command ${call.operation}`);
    try {
      const answer = await client.send(
        make(call.input as never),
        signal === undefined ? {} : { abortSignal: signal },
      );
      return answer as Answer;
    } catch (error) {
      throw translateApiError(error, call, clock.now());
    }
  };
  const callPatiently = (call: ApiCall): Promise<Answer> =>
    NEVER_REPEATED.has(call.operation) ? send(call) : patiently(() => send(call), options);
  return {
    clock,
    signal,
    kms: aws,
    call: callPatiently,
    find: async (call) => {
      try {
        return await callPatiently(call);
      } catch (error) {
        if (isAbsence(error)) return undefined;
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const result of await Promise.allSettled(clients.values()))
        if (result.status === "fulfilled") result.value.destroy();
    },
  };
}

export function isAbsence(error: unknown): boolean {
  return isBackupError(error) && ABSENT.test(String(error.details.serviceCode));
}

/** A service that does not know a request says so in several ways. */
export function isUnsupported(error: unknown): boolean {
  if (!isBackupError(error)) return false;
  const { serviceCode, httpStatus } = error.details;
  return (
    httpStatus === 501 ||
    httpStatus === 405 ||
    /^(NotImplemented|MalformedXML|MethodNotAllowed|InvalidRequest|XMinio\w+)$/.test(
      String(serviceCode),
    )
  );
}

async function createClient(
  service: ApiCall["service"],
  s3: S3ClientOptions,
  aws: AwsClientOptions,
): Promise<Client> {
  if (service === "s3") return (await createS3Client(s3)) as unknown as Client;
  if (service === "kms") return (await createKmsClient(aws)) as unknown as Client;
  if (service === "iam") return (await createIamClient(aws)) as unknown as Client;
  return (await createStsClient(aws)) as unknown as Client;
}

async function patiently<T>(
  work: () => Promise<T>,
  { clock, signal, attempts = ATTEMPTS }: CloudOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isBackupError(error) || !error.isRetryable || attempt >= attempts) throw error;
      await clock.sleep(FIRST_WAIT_MS * 2 ** (attempt - 1), signal);
    }
  }
}
