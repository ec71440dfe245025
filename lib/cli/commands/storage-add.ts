import type { StoragePresetFacts } from "../../app/index.ts";
import { parseSize, Secret } from "../../base/index.ts";
import type { CommandContext, CommandDefinition, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import type { Prompter } from "../prompter.ts";
import { describeStorage } from "../views/index.ts";

const FLAGS: CommandDefinition["flags"] = [
  { flags: "--type <type>", description: "what kind of place it is", choices: ["s3", "directory"] },
  {
    flags: "--path <dir>",
    description: "the directory (type directory)",
    parse: flag.absolutePath,
  },
  {
    flags: "--preset <name>",
    description:
      "a known service: aws, cloudflare-r2, backblaze-b2, wasabi, minio, …; sets endpoint and quirks",
  },
  { flags: "--endpoint <url>", description: "the service's address, when no preset gives it" },
  { flags: "--region <region>", description: "the bucket's region" },
  { flags: "--bucket <name>", description: "the bucket; it must exist" },
  { flags: "--prefix <prefix>", description: "keep everything below this prefix" },
  { flags: "--profile <name>", description: "the AWS profile to use (default: AWS's own chain)" },
  {
    flags: "--pruner-profile <name>",
    description: "the AWS profile that may delete, where the other may not",
  },
  {
    flags: "--access-key-id <id>",
    description: "store an access key instead of using AWS's own chain",
  },
  {
    flags: "--secret-access-key-file <file>",
    description: "its secret, from a file; kept encrypted in the home",
    parse: flag.absolutePath,
  },
  {
    flags: "--sse <kind>",
    description: "encryption by the service (default: kms with a key, else s3 on AWS, else none)",
    choices: ["kms", "s3", "none"],
  },
  { flags: "--kms-key <key>", description: "id, ARN or alias of the KMS key; implies --sse kms" },
  {
    flags: "--kms-endpoint <url>",
    description: "where KMS answers, when not at AWS's own address (a VPC endpoint)",
  },
  {
    flags: "--addressing <style>",
    description: "how the bucket is named in requests",
    choices: ["path", "virtual"],
  },
  {
    flags: "--expected-bucket-owner <account>",
    description: "refuse the bucket unless this AWS account owns it",
  },
  {
    flags: "--bandwidth <size>",
    description: "bytes a second at most, such as 5M",
    parse: parseSize,
  },
  { flags: "--plaintext", description: "archives may lie there without encryption" },
  { flags: "--default", description: "make it the default storage" },
];

export const addStorage: CommandDefinition = {
  usage: "add [id]",
  group: "Storage",
  summary: "configure a storage",
  description:
    "Asks for what the flags leave open, when there is a terminal. Nothing is tried yet: that does clawback test.",
  arguments: ["a short name for it, such as s3"],
  flags: FLAGS,
  withoutHome: true,
  examples: [
    ["storage add", "asks for everything"],
    [
      "storage add s3 --type s3 --region eu-central-1 --bucket my-backups --kms-key alias/clawback --default",
      "AWS with SSE-KMS",
    ],
    [
      "storage add disk --type directory --path /mnt/backups",
      "a directory, such as a mounted disk",
    ],
  ],
  run: add,
};

async function add(
  context: CommandContext,
  [id]: readonly string[],
  flags: FlagValues,
): Promise<number> {
  const { addStorageToSettings } = await import("../../app/index.ts");
  const { output, prompter } = context;
  const type = await typeOf(prompter, flags);
  const name =
    id ??
    (await prompter.ask("A short name for it:", {
      flag: "an id: clawback storage add <id>",
      default: type === "s3" ? "s3" : "disk",
    }));
  const place =
    type === "directory" ? await directoryOf(prompter, flags) : await bucketOf(prompter, flags);
  const added = await addStorageToSettings(context.app, {
    id: name,
    type,
    isDefault: flag.isSet(flags, "default"),
    plaintext: flag.isSet(flags, "plaintext"),
    ...place,
  });
  output.result({ storage: describeStorage(added.storage), default: added.isDefault }, () =>
    [
      `storage ${name} is configured${added.isDefault ? " and the default" : ""}`,
      `try it with: clawback test --storage ${name}`,
    ].join("\n"),
  );
  return 0;
}

async function typeOf(prompter: Prompter, flags: FlagValues): Promise<"s3" | "directory"> {
  const type = flag.text(flags, "type");
  if (type === "s3" || type === "directory") return type;
  if (flags.bucket !== undefined) return "s3";
  if (flags.path !== undefined) return "directory";
  const choices = [
    { value: "s3" as const, name: "an S3 bucket (AWS or compatible)" },
    { value: "directory" as const, name: "a directory on this machine" },
  ];
  return await prompter.choose("What kind of storage?", choices, "--type");
}

async function directoryOf(prompter: Prompter, flags: FlagValues): Promise<{ path: string }> {
  const given = flag.text(flags, "path");
  const need = { flag: "--path", isRequired: true };
  return { path: given ?? flag.absolutePath(await prompter.ask("Which directory?", need)) };
}

async function bucketOf(prompter: Prompter, flags: FlagValues): Promise<Record<string, unknown>> {
  // Who names the bucket on the command line has said everything there; questions are for those who named nothing.
  const asked = flag.text(flags, "bucket") === undefined ? await askForBucket(prompter, flags) : {};
  const given = (name: string): string | undefined => asked[name] ?? flag.text(flags, name);
  const accessKeyId = given("accessKeyId");
  return {
    bucket: given("bucket"),
    prefix: flag.text(flags, "prefix") ?? "",
    preset: given("preset"),
    endpoint: given("endpoint"),
    region: given("region"),
    profile: flag.text(flags, "profile"),
    prunerProfile: flag.text(flags, "prunerProfile"),
    sse: flag.text(flags, "sse"),
    kmsKey: given("kmsKey"),
    kmsEndpoint: flag.text(flags, "kmsEndpoint"),
    addressing: flag.text(flags, "addressing"),
    expectedBucketOwner: flag.text(flags, "expectedBucketOwner"),
    bandwidth: flag.number(flags, "bandwidth"),
    accessKeyId,
    secretAccessKey: await secretOf(prompter, flags, accessKeyId),
  };
}

async function secretOf(
  prompter: Prompter,
  flags: FlagValues,
  accessKeyId: string | undefined,
): Promise<Secret | undefined> {
  const file = flag.text(flags, "secretAccessKeyFile");
  if (file !== undefined) return (await import("../../app/index.ts")).readSecretFile(file);
  if (accessKeyId === undefined) return undefined;
  const secret = await prompter.askSecret("Secret access key:", "--secret-access-key-file");
  return new Secret(secret.trim());
}

type Answers = Partial<Record<string, string>>;

async function askForBucket(prompter: Prompter, flags: FlagValues): Promise<Answers> {
  const ask = (name: string, question: string, isRequired: boolean): Promise<string | undefined> =>
    answer(prompter, flags, { name, question, isRequired });
  const { preset, endpoint } = await askForService(prompter, flags);
  const chosen = preset === undefined ? {} : { preset: preset.id };
  const bucket = await ask("bucket", "Which bucket? It must exist:", true);
  const region = preset?.needsRegion
    ? await ask(
        "region",
        `Region of the bucket${preset.id === "aws" ? OR_AWS_OWN : ""}:`,
        preset.id !== "aws",
      )
    : undefined;
  const kmsKey = preset?.hasKms
    ? await ask("kmsKey", "KMS key for its encryption: id, ARN or alias (empty: none):", false)
    : undefined;
  const hasProfile = flags.profile !== undefined;
  const accessKeyId = hasProfile
    ? undefined
    : await ask("accessKeyId", `Access key id${OR_AWS_OWN}:`, false);
  return defined({ ...chosen, endpoint, bucket, region, kmsKey, accessKeyId });
}

const OR_AWS_OWN = " (empty: from AWS's own configuration)";

/** The service, when neither flag names it. */
async function askForService(
  prompter: Prompter,
  flags: FlagValues,
): Promise<{ preset?: StoragePresetFacts; endpoint?: string | undefined }> {
  if (!prompter.isInteractive || flags.preset !== undefined || flags.endpoint !== undefined) {
    return {};
  }
  const { storagePresets } = await import("../../app/index.ts");
  const presets = storagePresets();
  const choices = presets.map(({ id, name }) => ({ value: id, name }));
  const id = await prompter.choose("Which service?", choices, "--preset");
  const preset = presets.find((each) => each.id === id);
  if (preset === undefined) return {};
  const question = "Its address (https://…):";
  const endpoint = preset.needsEndpoint
    ? await answer(prompter, flags, { name: "endpoint", question, isRequired: true })
    : undefined;
  return { preset, endpoint };
}

interface Question {
  readonly name: string;
  readonly question: string;
  readonly isRequired: boolean;
}

/** What a flag says, or a person; nothing is asked that may stay open where nobody can answer. */
async function answer(
  prompter: Prompter,
  flags: FlagValues,
  { name, question, isRequired }: Question,
): Promise<string | undefined> {
  const given = flag.text(flags, name);
  if (given !== undefined || (!isRequired && !prompter.isInteractive)) return given;
  const written = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const text = await prompter.ask(question, { flag: written, isRequired });
  return text === "" ? undefined : text;
}

function defined(answers: Readonly<Record<string, string | undefined>>): Answers {
  const entries = Object.entries(answers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Answers;
}
