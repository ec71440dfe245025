import { BackupError } from "../../base/index.ts";
import {
  awsCommands,
  type Caller,
  cloudFormationTemplate,
  type Documents,
  documentsOf,
  findCaller,
  planFromNothing,
  proposeBucketName,
  STACK_ACCOUNT,
  STATEMENT_SENTENCES,
  terraformConfiguration,
} from "../../provision/index.ts";
import type { SetupAnswers } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { type ResolvedCloud, resolveSetup } from "./resolve.ts";

export const PRINT_FORMATS = ["cloudformation", "terraform", "policies", "commands"] as const;
export type PrintFormat = (typeof PRINT_FORMATS)[number];

export interface PrintedSetup {
  readonly format: PrintFormat;
  /** Ready to be written to a file. */
  readonly text: string;
  /** The same as data, where it is data. */
  readonly document?: unknown;
}

export interface PrintOptions {
  readonly format: PrintFormat;
  /** Twelve digits. @default asked of AWS, where that is needed */
  readonly account?: string | undefined;
}

/** Writes what setup would make as a text, for those who make it otherwise. Asks nobody, but for the account where it must be known. */
export async function printSetup(
  app: AppContext,
  answers: SetupAnswers,
  { format, account }: PrintOptions,
): Promise<PrintedSetup> {
  const cloud = await resolveForPrint(app, answers, { format, account });
  const { blueprint } = cloud;
  if (format === "cloudformation") return asJson(format, cloudFormationTemplate(blueprint));
  if (format === "terraform") return asJson(format, terraformConfiguration(blueprint));
  const caller = await callerFor(cloud, account);
  if (format === "commands") {
    if (blueprint.service.kind === "other") throw isNoAws(cloud);
    return { format, text: awsCommands(await planFromNothing(blueprint, caller)) };
  }
  const { key, region } = blueprint;
  const keyArn =
    key.kind === "existing"
      ? key.id
      : key.kind === "new"
        ? `arn:${caller.partition}:kms:${region}:${caller.account}:key/KEY-ID`
        : undefined;
  const documents = documentsOf({ blueprint, ...caller, region, keyArn });
  return { format, text: formatDocuments(documents, cloud), document: documents };
}

const asJson = (format: PrintFormat, document: object): PrintedSetup => ({
  format,
  text: `${JSON.stringify(document, null, 2)}\n`,
  document,
});

/** Without credentials, too: the account may be that of whoever deploys it. */
async function resolveForPrint(
  app: AppContext,
  answers: SetupAnswers,
  { format, account }: PrintOptions,
): Promise<ResolvedCloud> {
  const stands = format === "cloudformation" ? STACK_ACCOUNT : account;
  const proposed = proposedOnAws(app, answers, stands);
  const { cloud } = await resolveSetup(app, proposed);
  if (cloud !== undefined) return cloud;
  throw new BackupError("not-supported", "for a directory there is nothing to print", {
    hint: "run clawback setup without --print",
  });
}

/** Names the bucket that setup would propose, where an account is known and none was named. */
export function proposedOnAws(
  { settings }: AppContext,
  answers: SetupAnswers,
  account: string | undefined,
): SetupAnswers {
  const { storage } = answers;
  const isAws = storage.type === "s3" && (storage.preset ?? "aws") === "aws";
  if (!isAws || storage.bucket !== undefined || account === undefined) return answers;
  const region = storage.region ?? settings.environment.AWS_REGION ?? "";
  return { ...answers, storage: { ...storage, bucket: proposeBucketName(account, region) } };
}

async function callerFor(
  { blueprint, administrator }: ResolvedCloud,
  account: string | undefined,
): Promise<Caller> {
  if (blueprint.service.kind === "other") return { account: "", arn: "", partition: "aws" };
  if (account === undefined) return await findCaller(administrator);
  const partition = /^(cn|us-gov)-/.exec(blueprint.region)?.[1];
  return { account, arn: "", partition: partition === undefined ? "aws" : `aws-${partition}` };
}

function isNoAws({ blueprint }: ResolvedCloud): BackupError {
  return new BackupError("not-supported", `AWS's commands are not for ${blueprint.service.name}`, {
    hint: "see: clawback setup --print policies",
  });
}

function formatDocuments(
  { bucketPolicy, keyPolicy, lifecycle, roles }: Documents,
  { blueprint }: ResolvedCloud,
): string {
  const part = (title: string, document: unknown): string =>
    `# ${title}\n${sentences(document)}${JSON.stringify(document, null, 2)}\n`;
  return [
    part(`Policy of bucket ${blueprint.bucket}`, bucketPolicy),
    part(`Lifecycle of bucket ${blueprint.bucket}`, { Rules: lifecycle }),
    ...(keyPolicy === undefined ? [] : [part("Policy of the KMS key", keyPolicy)]),
    ...roles.flatMap(({ role, name, policy, trust }) => [
      part(`Policy ${name}: the rights of the ${role}`, policy),
      ...(trust === undefined ? [] : [part(`Who may take on role ${name}`, trust)]),
    ]),
  ].join("\n");
}

function sentences(document: unknown): string {
  const { Statement = [] } = document as { Statement?: readonly { Sid: string }[] };
  return Statement.map(({ Sid }) => `#   ${Sid}: ${STATEMENT_SENTENCES[Sid] ?? ""}\n`).join("");
}
