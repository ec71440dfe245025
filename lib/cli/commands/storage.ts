import type { StorageSettings } from "../../app/index.ts";
import { BackupError, escapeText, parseSize, Secret } from "../../base/index.ts";
import type { CommandContext, CommandDefinition, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTable } from "../table.ts";

const ADD_FLAGS: CommandDefinition["flags"] = [
  { flags: "--type <type>", description: "what kind of place it is", choices: ["s3", "directory"] },
  {
    flags: "--path <dir>",
    description: "the directory (type directory)",
    parse: flag.absolutePath,
  },
  {
    flags: "--preset <name>",
    description: "a known service: aws, minio, r2, b2, wasabi, …; sets endpoint and quirks",
  },
  { flags: "--endpoint <url>", description: "the service's address, when no preset gives it" },
  { flags: "--region <region>", description: "the bucket's region" },
  { flags: "--bucket <name>", description: "the bucket; it must exist" },
  { flags: "--prefix <prefix>", description: "keep everything below this prefix" },
  { flags: "--profile <name>", description: "the AWS profile to use (default: AWS's own chain)" },
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

export const storage: CommandDefinition = {
  usage: "storage",
  group: "Storage",
  summary: "configure where backups are kept",
  aliases: ["backends", "backend"],
  subcommands: [
    {
      usage: "add [id]",
      group: "Storage",
      summary: "configure a storage",
      description:
        "Asks for what the flags leave open, when there is a terminal. Try it with: clawback test --storage <id>",
      arguments: ["a short name for it, such as s3"],
      flags: ADD_FLAGS,
      withoutHome: true,
      examples: [
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
    },
    {
      usage: "list",
      group: "Storage",
      summary: "list the configured storages",
      run: async ({ app, output }) => {
        const { storages, defaultStorage } = app.settings;
        const shown = storages.map((entry) => ({
          ...describe(entry),
          default: entry.id === defaultStorage,
        }));
        output.result({ storages: shown }, () => formatList(shown));
        return 0;
      },
    },
    {
      usage: "remove <id>",
      group: "Storage",
      summary: "forget a storage; what is stored there stays",
      flags: [flag.YES_FLAG],
      run: async ({ app, output, prompter }, [id = ""], flags) => {
        const { removeStorageFromSettings } = await import("../../app/index.ts");
        if (!flag.isSet(flags, "yes"))
          await prompter.confirm(`Forget storage ${id}? Its backups stay where they are.`, "--yes");
        await removeStorageFromSettings(app, id);
        output.result(
          { removed: id },
          () => `storage ${id} is no longer configured; its backups are untouched`,
        );
        return 0;
      },
    },
    {
      usage: "default <id>",
      group: "Storage",
      summary: "choose the storage that commands use by default",
      run: async ({ app, output }, [id = ""]) => {
        const { makeDefaultStorage } = await import("../../app/index.ts");
        await makeDefaultStorage(app, id);
        output.result({ default: id }, () => `storage ${id} is the default now`);
        return 0;
      },
    },
  ],
};

async function add(
  context: CommandContext,
  [id]: readonly string[],
  flags: FlagValues,
): Promise<number> {
  const { addStorageToSettings, readSecretFile } = await import("../../app/index.ts");
  const type = await typeOf(context, flags);
  const name =
    id ??
    (await context.prompter.ask("A short name for it:", {
      flag: "an id: clawback storage add <id>",
      default: type === "s3" ? "s3" : "disk",
    }));
  const secretFile = flag.text(flags, "secretAccessKeyFile");
  const accessKeyId = flag.text(flags, "accessKeyId");
  const secretAccessKey =
    secretFile !== undefined
      ? readSecretFile(secretFile)
      : accessKeyId !== undefined
        ? new Secret(
            await context.prompter.askSecret("Secret access key:", "--secret-access-key-file"),
          )
        : undefined;
  const added = await addStorageToSettings(context.app, {
    id: name,
    type,
    isDefault: flag.isSet(flags, "default"),
    plaintext: flag.isSet(flags, "plaintext"),
    ...(type === "directory" ? await directoryOf(context, flags) : await bucketOf(context, flags)),
    accessKeyId,
    secretAccessKey,
  });
  const { output } = context;
  output.result({ storage: describe(added.storage), default: added.isDefault }, () =>
    [
      `storage ${name} is configured${added.isDefault ? " and the default" : ""}`,
      `try it with: clawback test --storage ${name}`,
    ].join("\n"),
  );
  return 0;
}

async function typeOf(
  { prompter }: CommandContext,
  flags: FlagValues,
): Promise<"s3" | "directory"> {
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

async function directoryOf(
  { prompter }: CommandContext,
  flags: FlagValues,
): Promise<{ path: string }> {
  return {
    path:
      flag.text(flags, "path") ??
      flag.absolutePath(await prompter.ask("Which directory?", { flag: "--path" })),
  };
}

async function bucketOf(
  { prompter }: CommandContext,
  flags: FlagValues,
): Promise<Record<string, unknown>> {
  const bucket =
    flag.text(flags, "bucket") ?? (await prompter.ask("Which bucket?", { flag: "--bucket" }));
  if (bucket === "") throw new BackupError("invalid-argument", "the bucket's name is empty");
  return {
    bucket,
    prefix: flag.text(flags, "prefix") ?? "",
    preset: flag.text(flags, "preset"),
    endpoint: flag.text(flags, "endpoint"),
    region: flag.text(flags, "region"),
    profile: flag.text(flags, "profile"),
    sse: flag.text(flags, "sse"),
    kmsKey: flag.text(flags, "kmsKey"),
    addressing: flag.text(flags, "addressing"),
    expectedBucketOwner: flag.text(flags, "expectedBucketOwner"),
    bandwidth: flag.number(flags, "bandwidth"),
  };
}

type Described = Record<string, unknown> & { id: string; type: string };

/** A storage without its secret. */
function describe(settings: StorageSettings): Described {
  if (settings.type === "directory") return { ...settings };
  const { secretAccessKey, problem: _, ...rest } = settings;
  return { ...rest, hasStoredKey: secretAccessKey !== undefined };
}

function formatList(storages: readonly (Described & { default: boolean })[]): string {
  if (storages.length === 0) return "no storage is configured; see: clawback storage add --help";
  const rows = storages.map((entry) => [
    entry.id,
    entry.type,
    escapeText(
      entry.type === "directory" ? String(entry.path) : `${entry.bucket}/${entry.prefix ?? ""}`,
    ),
    [
      ...(entry.type === "s3" ? [`encryption: ${entry.sse}`] : []),
      ...(entry.plaintext === true ? ["plaintext allowed"] : []),
      ...(entry.default ? ["default"] : []),
    ].join(", "),
  ]);
  return formatTable([{ title: "ID" }, { title: "TYPE" }, { title: "PLACE" }, { title: "" }], rows);
}
