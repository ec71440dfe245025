import { assertInstanceName, BackupError, type Secret } from "../../base/index.ts";
import {
  type Blueprint,
  type CloudOptions,
  findCaller,
  type KeyWish,
  proposeBucketName,
  type Service,
} from "../../provision/index.ts";
import {
  type BucketAnswers,
  expandHome,
  FREQUENCY_BY_ROLE,
  type SetupAnswers,
} from "../../settings/index.ts";
import { type ResolvedPreset, resolvePreset } from "../../storage/index.ts";
import type { AppContext } from "../context.ts";
import { readSecretFile } from "../settings.ts";

/** Answers with every default filled in, and what follows from them. */
export interface ResolvedSetup {
  readonly answers: SetupAnswers;
  readonly instance: string;
  readonly storageId: string;
  readonly snapshots: "hourly" | "daily" | "weekly" | "manual";
  /** Undefined for a directory. */
  readonly cloud: ResolvedCloud | undefined;
}

export interface ResolvedCloud {
  readonly answers: BucketAnswers;
  readonly preset: ResolvedPreset;
  readonly blueprint: Blueprint;
  /** Whose rights make things. */
  readonly administrator: CloudOptions;
  /** Whose rights backups are made with afterwards. */
  readonly machine: CloudOptions;
  /** The same credentials do both, so that the machine could undo everything. */
  readonly isSameIdentity: boolean;
}

const DEFAULT_STORAGE_ID = "s3";
export const DEFAULT_KEY_ALIAS = "alias/clawback";

/**
 * Fills in what was left open. On AWS the account is asked for where the bucket has no name yet.
 * @throws BackupError `invalid-argument` with the reason; `storage-access-denied` without credentials
 */
export async function resolveSetup(app: AppContext, answers: SetupAnswers): Promise<ResolvedSetup> {
  const instance = answers.instance ?? app.settings.instance;
  assertInstanceName(instance);
  const { storage } = answers;
  const byRole = answers.agentRole === undefined ? "hourly" : FREQUENCY_BY_ROLE[answers.agentRole];
  const isBucket = storage.type === "s3";
  const cloud = isBucket ? await resolveCloud(app, storage, answers, instance) : undefined;
  const storageId = storage.id ?? (isBucket ? DEFAULT_STORAGE_ID : "disk");
  const filled = cloud?.answers ?? storage;
  const snapshots = answers.snapshots ?? byRole;
  return {
    answers: { ...answers, instance, storage: { ...filled, id: storageId }, snapshots },
    instance,
    storageId,
    snapshots,
    cloud,
  };
}

async function resolveCloud(
  app: AppContext,
  given: BucketAnswers,
  answers: SetupAnswers,
  instance: string,
): Promise<ResolvedCloud> {
  const region = given.region ?? app.settings.environment.AWS_REGION;
  const preset = presetOf({ ...given, region });
  const options = cloudOptions(app, given, preset);
  const machine = options(given, storedKey(app, given));
  const administrator =
    answers.administrator === undefined ? machine : options(answers.administrator);
  const bucket = given.bucket ?? (await proposedBucket(preset, administrator));
  const service = serviceOf(preset);
  const key = given.key ?? (service.kind === "aws" ? "new" : "none");
  const complete: BucketAnswers = {
    ...given,
    preset: preset.id,
    ...(preset.region === undefined ? {} : { region: preset.region }),
    bucket,
    key,
    ...(key === "new" ? { keyAlias: given.keyAlias ?? DEFAULT_KEY_ALIAS } : {}),
    level: given.level ?? "standard",
    trust: given.trust ?? "none",
  };
  return {
    answers: complete,
    preset,
    blueprint: blueprintOf(complete, service, instance),
    administrator,
    machine,
    isSameIdentity: answers.administrator === undefined,
  };
}

function presetOf(given: BucketAnswers): ResolvedPreset {
  const named = given.preset ?? (given.endpoint === undefined ? "aws" : undefined);
  const preset = resolvePreset({ ...given, preset: named });
  if (preset.id !== "aws" || preset.region !== undefined) return preset;
  throw new BackupError("invalid-argument", "the region is not known", {
    hint: "give it with --region, or as storage.region in the answers",
  });
}

async function proposedBucket(preset: ResolvedPreset, options: CloudOptions): Promise<string> {
  if (preset.id !== "aws") {
    throw new BackupError("invalid-argument", `the bucket at ${preset.name} has no name`, {
      hint: "give it with --bucket, or as storage.bucket in the answers",
    });
  }
  const { account } = await findCaller(options);
  return proposeBucketName(account, preset.region ?? "");
}

/** What of a preset matters for what can be made there. */
export function serviceOf({ id, name, versioning, sse, endpoint }: ResolvedPreset): Service {
  return {
    kind: id === "aws" ? "aws" : "other",
    name,
    hasVersions: versioning,
    hasKms: sse.includes("kms"),
    isSecure: endpoint === undefined || endpoint.startsWith("https:"),
  };
}

export function blueprintOf(answers: BucketAnswers, service: Service, instance: string): Blueprint {
  return {
    service,
    region: answers.region ?? "us-east-1",
    bucket: answers.bucket ?? "",
    isExistingBucket: answers.existingBucket ?? false,
    prefix: answers.prefix ?? "",
    instance,
    key: keyWish(answers, service),
    level: answers.level ?? "standard",
    trust: answers.trust ?? "none",
  };
}

function keyWish(
  { key = "none", keyAlias = DEFAULT_KEY_ALIAS }: BucketAnswers,
  service: Service,
): KeyWish {
  if (key === "none") return { kind: "none" };
  if (!service.hasKms) {
    throw new BackupError("invalid-argument", `${service.name} takes no KMS key`, {
      hint: "set the key to none, and encrypt on this machine with a password",
    });
  }
  return key === "new" ? { kind: "new", alias: keyAlias } : { kind: "existing", id: key };
}

interface CredentialAnswers {
  readonly profile?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKeyFile?: string | undefined;
}

type KeyPair = Pick<CloudOptions, "accessKeyId" | "secretAccessKey">;

/** The key that an earlier setup put into the home's secrets, where the answers name no credentials. */
function storedKey({ settings }: AppContext, given: BucketAnswers): KeyPair {
  if (given.accessKeyId !== undefined || given.profile !== undefined) return {};
  const stored = settings.storages.find(({ id }) => id === (given.id ?? DEFAULT_STORAGE_ID));
  if (stored?.type !== "s3" || stored.bucket !== given.bucket) return {};
  return { accessKeyId: stored.accessKeyId, secretAccessKey: stored.secretAccessKey };
}

/** How to reach the account with some credentials. */
function cloudOptions(
  app: AppContext,
  given: BucketAnswers,
  preset: ResolvedPreset,
): (whose: CredentialAnswers, stored?: KeyPair) => CloudOptions {
  const isPath = preset.addressing === "path" || given.bucket?.includes(".") === true;
  return ({ profile, accessKeyId, secretAccessKeyFile }, stored = {}) => ({
    region: preset.region,
    endpoint: given.endpoint ?? preset.endpoint,
    awsEndpoint: given.awsEndpoint,
    // A server of one's own that stands for AWS has no host name for each bucket.
    forcePathStyle: isPath || (preset.id === "aws" && given.endpoint !== undefined),
    profile,
    accessKeyId: accessKeyId ?? stored.accessKeyId,
    secretAccessKey: secretOf(app, secretAccessKeyFile) ?? stored.secretAccessKey,
    clock: app.clock,
    signal: app.signal,
  });
}

export function secretOf(app: AppContext, file: string | undefined): Secret | undefined {
  return file === undefined ? undefined : readSecretFile(expandHome(file, app.settings.userHome));
}
