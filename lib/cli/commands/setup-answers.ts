import type { SetupAnswers } from "../../app/index.ts";
import { BackupError } from "../../base/index.ts";
import type { CommandContext, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";

const MAX_ANSWER_BYTES = 1024 * 1024;

/** Flags that answer something about the storage, and the field that they fill. */
const STORAGE_FIELDS: Readonly<Record<string, string>> = {
  storage: "id",
  path: "path",
  preset: "preset",
  endpoint: "endpoint",
  region: "region",
  bucket: "bucket",
  existingBucket: "existingBucket",
  prefix: "prefix",
  key: "key",
  keyAlias: "keyAlias",
  level: "level",
  trust: "trust",
  awsProfile: "profile",
  accessKeyId: "accessKeyId",
  secretAccessKeyFile: "secretAccessKeyFile",
  awsEndpoint: "awsEndpoint",
};
const ADMINISTRATOR_FIELDS: Readonly<Record<string, string>> = {
  adminProfile: "profile",
  adminAccessKeyId: "accessKeyId",
  adminSecretAccessKeyFile: "secretAccessKeyFile",
};
const OTHER_FIELDS: Readonly<Record<string, string>> = {
  instance: "instance",
  stateDir: "stateDir",
  agentRole: "agentRole",
  snapshots: "snapshots",
  schedule: "schedule",
};

/** Answers, and whether a text is wanted instead of the things themselves. */
export interface GivenAnswers {
  readonly answers: SetupAnswers;
  readonly isPrinted: boolean;
}

/**
 * Collects the answers: of a file, else of the last setup of this home, and flags above both.
 * @throws BackupError `invalid-argument` with the reason; `confirmation-required` when nothing says where to store
 */
export async function readAnswers(
  context: CommandContext,
  flags: FlagValues,
): Promise<GivenAnswers> {
  const { app, prompter } = context;
  const { checkAnswers, loadAnswers } = await import("../../app/index.ts");
  if (flag.isSet(flags, "ask")) return await askForAnswers(context, flags);
  const file = flag.text(flags, "answers");
  const base = await loadAnswers(app, file === "-" ? await readStandardInput() : file);
  const given = picked(flags, STORAGE_FIELDS);
  const type = typeOf(flags, base);
  if (type === undefined) {
    if (prompter.isInteractive) return await askForAnswers(context, flags);
    throw needsAnswers();
  }
  const isSameType = base?.storage.type === type;
  const administrator = { ...base?.administrator, ...picked(flags, ADMINISTRATOR_FIELDS) };
  const value = {
    ...base,
    ...picked(flags, OTHER_FIELDS),
    version: 1,
    storage: { ...(isSameType ? base.storage : {}), ...given, type },
    ...(Object.keys(administrator).length === 0 ? {} : { administrator }),
    ...(flags.firstBackup === false ? { firstBackup: false } : {}),
  };
  const label = flag.text(flags, "answers") ?? "the answers";
  return { answers: checkAnswers(value, label), isPrinted: false };
}

/** By questions; what has no question is taken from the flags. */
async function askForAnswers(context: CommandContext, flags: FlagValues): Promise<GivenAnswers> {
  const { runWizard } = await import("../wizard/index.ts");
  const { checkAnswers } = await import("../../app/index.ts");
  const endpoint = flag.text(flags, "endpoint");
  const awsEndpoint = flag.text(flags, "awsEndpoint");
  const given = {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(awsEndpoint === undefined ? {} : { awsEndpoint }),
  };
  const { answers, isPrinted } = await runWizard(context, given);
  const value = flags.firstBackup === false ? { ...answers, firstBackup: false } : answers;
  return { answers: checkAnswers(value, "the answers"), isPrinted };
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new BackupError("limit-exceeded", "the answers on standard input are too long");
    }
  }
  return Buffer.concat(chunks);
}

function typeOf(flags: FlagValues, base: SetupAnswers | undefined): "s3" | "directory" | undefined {
  const type = flag.text(flags, "type");
  if (type === "s3" || type === "directory") return type;
  if (flags.path !== undefined) return "directory";
  const saysBucket = ["region", "bucket", "preset", "endpoint"].some(
    (name) => flags[name] !== undefined,
  );
  return saysBucket ? "s3" : base?.storage.type;
}

function picked(
  flags: FlagValues,
  fields: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, field]) => [field, flags[name]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function needsAnswers(): BackupError {
  return new BackupError("confirmation-required", "where to store is not said", {
    hint: "give --region for AWS, --preset with --bucket for another service, --path for a directory, or --answers with a file",
  });
}
