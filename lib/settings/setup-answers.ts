import { z } from "zod";
import { BackupError, quote } from "../base/index.ts";
import { publishFile, readTextIfExists } from "../filesystem/index.ts";
import { checkValue, type FieldsAt } from "./checked-value.ts";
import { assertKnownVersion } from "./file-version.ts";
import { writingHome } from "./home.ts";
import { parseJsonText } from "./json-text.ts";
import { isFixedPath, pathsOfHome } from "./paths.ts";
import { type RetentionEntry, retentionField } from "./retention-fields.ts";

export const SETUP_ANSWERS_VERSION = 1;
const MAX_BYTES = 1024 * 1024;

/** How often snapshots are taken, by what an agent does; from those who run many of them. */
export const FREQUENCY_BY_ROLE = {
  manager: "daily",
  librarian: "daily",
  worker: "weekly",
  access: "manual",
  development: "manual",
} as const;
export type AgentRole = keyof typeof FREQUENCY_BY_ROLE;

const text = (maxLength = 255) => z.string().min(1).max(maxLength);
const path = () => text(4096).refine(isFixedPath, "expected an absolute path, or one below ~/");
const id = () =>
  z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/,
      "expected 1 to 32 letters, digits, dots, dashes or underscores",
    );

const credentials = {
  profile: text().optional(),
  accessKeyId: text().optional(),
  secretAccessKeyFile: path().optional(),
};

const bucketStorage = z.strictObject({
  type: z.literal("s3"),
  id: id().optional(),
  preset: text(64).optional(),
  region: text(64).optional(),
  endpoint: z.url({ protocol: /^https?$/, error: "expected an http or https URL" }).optional(),
  bucket: text(63).optional(),
  existingBucket: z.boolean().optional(),
  prefix: z
    .string()
    .max(512)
    .regex(
      /^(?:[^/\p{Cc}]+(?:\/[^/\p{Cc}]+)*)?$/u,
      "expected names with single slashes between them",
    )
    .optional(),
  key: text(2048).optional(),
  keyAlias: text(256)
    .regex(/^alias\/(?!aws\/)[A-Za-z0-9/_-]+$/, "expected alias/ and a name, not one of AWS's own")
    .optional(),
  level: z.enum(["standard", "strict"]).optional(),
  trust: z.enum(["none", "ec2", "roles-anywhere", "account"]).optional(),
  awsEndpoint: z.url({ protocol: /^https?$/, error: "expected an http or https URL" }).optional(),
  plaintext: z.boolean().optional(),
  ...credentials,
});

const directoryStorage = z.strictObject({
  type: z.literal("directory"),
  id: id().optional(),
  path: path(),
});

const administrator = z.strictObject(credentials);

const answers = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(SETUP_ANSWERS_VERSION),
  instance: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      "expected 1 to 64 letters, digits, dots, dashes or underscores",
    )
    .refine((name) => name !== "all", '"all" stands for every instance')
    .optional(),
  stateDir: path().optional(),
  storage: z.discriminatedUnion("type", [bucketStorage, directoryStorage]),
  administrator: administrator.optional(),
  agentRole: z.enum(["manager", "librarian", "worker", "access", "development"]).optional(),
  snapshots: z.enum(["hourly", "daily", "weekly", "manual"]).optional(),
  retention: retentionField.optional(),
  schedule: z.enum(["none", "auto", "systemd", "cron", "launchd", "openclaw"]).optional(),
  firstBackup: z.boolean().optional(),
});

interface CredentialAnswers {
  /** A profile of the AWS configuration files. */
  readonly profile?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKeyFile?: string | undefined;
}

export interface BucketAnswers extends CredentialAnswers {
  readonly type: "s3";
  /** @default s3 */
  readonly id?: string | undefined;
  /** @default aws */
  readonly preset?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** @default on AWS, a name that only the account can have */
  readonly bucket?: string | undefined;
  /** The bucket is there, and is never made. @default false */
  readonly existingBucket?: boolean | undefined;
  readonly prefix?: string | undefined;
  /** `new`, `none`, or an id, ARN or alias of one that exists. @default on AWS `new`, elsewhere `none` */
  readonly key?: string | undefined;
  /** Of a new key. @default alias/clawback */
  readonly keyAlias?: string | undefined;
  /** @default standard */
  readonly level?: "standard" | "strict" | undefined;
  /** Who may take on the roles. @default none: only policies are made */
  readonly trust?: "none" | "ec2" | "roles-anywhere" | "account" | undefined;
  /** Where KMS, IAM and STS answer. @default AWS's own */
  readonly awsEndpoint?: string | undefined;
  readonly plaintext?: boolean | undefined;
}

export interface DirectoryAnswers {
  readonly type: "directory";
  /** @default disk */
  readonly id?: string | undefined;
  readonly path: string;
}

/** Everything that the wizard asks, as data. What is left out has the default that the wizard proposes. */
export interface SetupAnswers {
  readonly $schema?: string | undefined;
  readonly version: 1;
  readonly instance?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly storage: BucketAnswers | DirectoryAnswers;
  /** Whose rights make bucket, key and roles. @default those of the storage */
  readonly administrator?: CredentialAnswers | undefined;
  /** What the agent does, from which the frequency follows. */
  readonly agentRole?: AgentRole | undefined;
  /** @default by the role, else hourly */
  readonly snapshots?: "hourly" | "daily" | "weekly" | "manual" | undefined;
  readonly retention?: RetentionEntry | undefined;
  /** What runs the jobs; `auto` is what this machine has. @default none */
  readonly schedule?: "none" | "auto" | "systemd" | "cron" | "launchd" | "openclaw" | undefined;
  /** @default true */
  readonly firstBackup?: boolean | undefined;
}

const fieldsAt: FieldsAt = ([field], value) => {
  const { storage } = value as { storage?: { type?: unknown } };
  if (field === "storage") {
    return Object.keys((storage?.type === "directory" ? directoryStorage : bucketStorage).shape);
  }
  return Object.keys((field === "administrator" ? administrator : answers).shape);
};

/**
 * Holds answers against what setup accepts.
 * @param label - Names them in messages: `answers "file"`.
 * @throws BackupError `invalid-argument` that names the wrong field and why; `version-too-new`
 */
export function checkSetupAnswers(value: unknown, label: string): SetupAnswers {
  assertKnownVersion(value, SETUP_ANSWERS_VERSION, label);
  const checked = checkValue<SetupAnswers>(value, answers, {
    label,
    fieldsAt,
    code: "invalid-argument",
  });
  assertKeyPair(checked.storage.type === "s3" ? checked.storage : {}, `${label}: storage`);
  assertKeyPair(checked.administrator ?? {}, `${label}: administrator`);
  return checked;
}

/** @throws BackupError as {@link checkSetupAnswers}, and `invalid-settings` for what is no JSON */
export function parseSetupAnswers(source: string, label: string): SetupAnswers {
  return checkSetupAnswers(parseJsonText(source, label), label);
}

function assertKeyPair(given: CredentialAnswers, label: string): void {
  if ((given.accessKeyId === undefined) === (given.secretAccessKeyFile === undefined)) return;
  const missing = given.accessKeyId === undefined ? "accessKeyId" : "secretAccessKeyFile";
  throw new BackupError("invalid-argument", `${label}: ${missing} is missing`, {
    hint: "give accessKeyId and secretAccessKeyFile together, or neither",
  });
}

/** The answers that a home was set up with, undefined when it was not. They hold no secret. */
export function loadSetupAnswers(home: string): SetupAnswers | undefined {
  const { setup } = pathsOfHome(home);
  const source = readTextIfExists(setup, MAX_BYTES);
  return source === undefined ? undefined : parseSetupAnswers(source, `setup file ${quote(setup)}`);
}

/** Keeps the answers for the next `setup`, `setup --check` and `setup --teardown`; mode 0600. */
export async function saveSetupAnswers(home: string, given: SetupAnswers): Promise<void> {
  const { setup } = pathsOfHome(home);
  const source = `${JSON.stringify(given, null, 2)}\n`;
  parseSetupAnswers(source, setup);
  await writingHome(home, () => publishFile(setup, source, { mode: 0o600, replace: true }));
}

/** The JSON Schema of the answers, published as `config/setup-answers.schema.json`. */
export function setupAnswersJsonSchema(): unknown {
  return z.toJSONSchema(answers);
}
