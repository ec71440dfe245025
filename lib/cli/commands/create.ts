import type { BackupReport, CreateOptions } from "../../app/index.ts";
import { count, formatDuration, formatSize } from "../../base/index.ts";
import type { CommandContext, CommandDefinition, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { formatNotes, formatOmissions, formatPlan, formatPlannedCost } from "../views/index.ts";

export const create: CommandDefinition = {
  usage: "create [name]",
  group: "Everyday",
  summary: "make an archive of the installation and store it",
  description:
    "Reads a running installation without stopping it. What could not be captured is listed, and never ends the run.\n" +
    "The archive is in OpenClaw's own backup format: openclaw backup verify and openclaw backup restore accept it.",
  arguments: ["a name to find it by later"],
  flags: [
    flag.STORAGE_FLAG,
    {
      flags: "--instance <name>",
      description: "keep it under this name instead of the configured one",
    },
    { flags: "--tag <tag>", description: "a label; repeatable", repeatable: true },
    {
      flags: "-o, --output <file>",
      description: "write a file (mode 0600), or - for standard output, instead of storing",
    },
    {
      flags: "-n, --dry-run",
      description: "say what would go in and what each rule keeps out; writes nothing",
    },
    { flags: "--only-config", description: "config, credentials, cron, devices and skills only" },
    { flags: "--no-workspace", description: "leave out the workspaces" },
    {
      flags: "--workspace <dir>",
      description: "this workspace instead of the configured ones; repeatable",
      repeatable: true,
      parse: flag.absolutePath,
    },
    {
      flags: "--class <class>",
      description: "only this class (config, databases, workspace, …); repeatable",
      repeatable: true,
    },
    {
      flags: "--add <path>",
      description: "also this file or directory; repeatable",
      repeatable: true,
      parse: flag.absolutePath,
    },
    {
      flags: "--exclude <pattern>",
      description: "leave out what matches (gitignore syntax); repeatable",
      repeatable: true,
    },
    {
      flags: "--include <pattern>",
      description: "keep what matches although a rule leaves it out; repeatable",
      repeatable: true,
    },
    {
      flags: "--force-exclude <pattern>",
      description: "like --exclude, even for databases and the config; repeatable",
      repeatable: true,
    },
    {
      flags: "--max-file-size <size>",
      description: "leave out larger files, such as 500M",
      parse: flag.sizeFlag,
    },
    {
      flags: "--on-locked <action>",
      description: "a database that stays locked: skip it, or fail",
      choices: ["skip", "fail"],
    },
    {
      flags: "--compression-level <0-9>",
      description: "0 stores, 9 is smallest (default 1)",
      parse: flag.wholeNumber(0, 9, "compression level"),
    },
    {
      flags: "--encrypt",
      description: "encrypt with a password; asks for one if none is configured",
    },
    {
      flags: "--recipient <keyfile>",
      description: "encrypt to this OpenPGP public key; repeatable",
      repeatable: true,
      parse: flag.absolutePath,
    },
    ...flag.PASSWORD_FLAGS,
    { flags: "--plaintext", description: "store it off-site without encryption, this once" },
  ],
  examples: [
    ["create", "back up into the default storage"],
    ["create before-update --tag update", "name and tag it"],
    ["create --dry-run", "see what goes in, what stays out and why"],
    ["create --output agent.tar.gz", "write a file instead"],
  ],
  exitCodes: { 3: "stored, but something was left out or the backup is degraded" },
  run: async (context, [name], flags) => {
    const { createBackup, estimatePlanned, planBackup } = await import("../../app/index.ts");
    const options = createOptions(context, name, flags);
    if (flag.isSet(flags, "dryRun")) {
      const plan = await planBackup(context.app, options);
      const cost = await estimatePlanned(context.app, plan.included.bytes, options.storage);
      context.output.result({ plan, cost }, () =>
        [formatPlan(plan, context.output), ...formatPlannedCost(cost)].join("\n"),
      );
      return 0;
    }
    const report = await createBackup(context.app, options);
    if (options.write === undefined) context.output.result(report, () => formatReport(report));
    else context.output.note(formatReport(report));
    return report.omissions.length > 0 || report.degraded ? 3 : 0;
  },
};

function createOptions(
  { output }: CommandContext,
  name: string | undefined,
  flags: FlagValues,
): CreateOptions {
  const toStandardOutput = flags.output === "-";
  const target = flag.text(flags, "output");
  return {
    name,
    tags: flag.list(flags, "tag"),
    instance: flag.text(flags, "instance"),
    storage: flag.text(flags, "storage"),
    output: target === undefined || toStandardOutput ? undefined : flag.absolutePath(target),
    write: toStandardOutput ? (chunk) => output.writeBytes(chunk) : undefined,
    onlyConfig: flag.isSet(flags, "onlyConfig"),
    includeWorkspace: flags.workspace !== false,
    workspaces: flag.list(flags, "workspace"),
    classes: flag.list(flags, "class"),
    add: flag.list(flags, "add"),
    exclude: flag.list(flags, "exclude"),
    include: flag.list(flags, "include"),
    forceExclude: flag.list(flags, "forceExclude"),
    maxFileSizeBytes: flag.number(flags, "maxFileSize"),
    onLocked: flags.onLocked === "fail" ? "fail" : "skip",
    compressionLevel: flag.number(flags, "compressionLevel"),
    encrypt: flag.isSet(flags, "encrypt"),
    recipients: flag.list(flags, "recipient"),
    plaintext: flag.isSet(flags, "plaintext"),
  };
}

function formatReport(report: BackupReport): string {
  const size = formatSize(report.storedBytes);
  const facts = [
    count(report.files, "file"),
    count(report.databases, "database"),
    count(report.omissions.length, "omission"),
    `${size} in ${formatDuration(report.durationMs)}`,
  ];
  return [
    ...formatNotes(report.notes, report.notesTotal),
    ...formatOmissions(report.omissions),
    ...(report.degraded
      ? ["DEGRADED: a database that OpenClaw cannot live without is missing from this backup"]
      : []),
    `${facts.join(", ")}${report.encrypted ? ", encrypted" : ""}`,
    `backup ${report.id} is in ${report.location}`,
  ].join("\n");
}
