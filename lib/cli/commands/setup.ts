import type { PrintFormat, SetupAnswers } from "../../app/index.ts";
import type { CommandContext, CommandDefinition, Flag, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import {
  formatSetupCheck,
  formatSetupItem,
  formatSetupPlan,
  formatSetupReport,
  formatTeardown,
} from "../views/index.ts";
import { readAnswers } from "./setup-answers.ts";
import { machineFormat, PRINT_FLAGS, printForMachine, printTexts } from "./setup-print.ts";

const ANSWER_FLAGS: readonly Flag[] = [
  {
    flags: "--answers <file>",
    description: "all answers, from a JSON file, or - for standard input",
  },
  {
    flags: "--instance <name>",
    description: "the name to keep backups under (default: the host name)",
  },
  {
    flags: "--type <type>",
    description: "where to store: s3 or directory",
    choices: ["s3", "directory"],
  },
  { flags: "--storage <id>", description: "the storage's id (default: s3, or disk)" },
  {
    flags: "--path <dir>",
    description: "the directory (type directory)",
    parse: flag.absolutePath,
  },
  { flags: "--preset <name>", description: "the service: aws (default), minio, cloudflare-r2, …" },
  { flags: "--endpoint <url>", description: "the service's address, when no preset gives it" },
  { flags: "--region <region>", description: "the bucket's region" },
  {
    flags: "--bucket <name>",
    description: "the bucket (default on AWS: a name only your account can have)",
  },
  { flags: "--existing-bucket", description: "the bucket is there already, and must be your own" },
  { flags: "--prefix <prefix>", description: "keep everything below this prefix" },
  {
    flags: "--key <key>",
    description: "new (default on AWS), none, or an existing key's id, ARN or alias",
  },
  { flags: "--key-alias <alias>", description: "of a new key (default: alias/clawback)" },
  {
    flags: "--level <level>",
    description: "what this machine may do to backups",
    choices: ["standard", "strict"],
  },
  {
    flags: "--trust <who>",
    description: "who may take on the roles (default none: only policies are made)",
    choices: ["none", "ec2", "roles-anywhere", "account"],
  },
  { flags: "--aws-profile <name>", description: "the AWS profile that backups are made with" },
  { flags: "--access-key-id <id>", description: "the access key that backups are made with" },
  {
    flags: "--secret-access-key-file <file>",
    description: "its secret, from a file; kept encrypted in the home",
    parse: flag.absolutePath,
  },
  {
    flags: "--admin-profile <name>",
    description: "the AWS profile that makes bucket, key and roles",
  },
  { flags: "--admin-access-key-id <id>", description: "the access key that makes them" },
  {
    flags: "--admin-secret-access-key-file <file>",
    description: "its secret; not kept",
    parse: flag.absolutePath,
  },
  { flags: "--aws-endpoint <url>", description: "where KMS, IAM and STS answer (default: AWS)" },
  {
    flags: "--agent-role <role>",
    description: "what the agent does, from which the frequency follows",
    choices: ["manager", "librarian", "worker", "access", "development"],
  },
  {
    flags: "--snapshots <when>",
    description: "how often (default: by the role, else hourly)",
    choices: ["hourly", "daily", "weekly", "manual"],
  },
  {
    flags: "--schedule <kind>",
    description: "what runs the jobs: auto is what this machine has (default: none)",
    choices: ["none", "auto", "systemd", "cron", "launchd", "openclaw"],
  },
  { flags: "--no-first-backup", description: "make no backup at the end" },
];

export const setup: CommandDefinition = {
  usage: "setup",
  group: "Everyday",
  summary: "make everything that backups need, and a first one that is verified",
  description: `On AWS: a bucket, a KMS key, policies and roles that keep this machine from destroying its own backups. Elsewhere what the service has; or a directory.
Shows its plan and asks. Run again, it changes nothing, or mends what somebody has loosened. Credentials of an administrator make things; give the machine itself only the policy that is made.`,
  withoutHome: true,
  flags: [
    ...ANSWER_FLAGS,
    { flags: "--plan", description: "show what would be made, and stop" },
    { flags: "--check", description: "look whether everything still stands as it was set up" },
    { flags: "--teardown", description: "remove roles and policies; data, bucket and key stay" },
    ...PRINT_FLAGS,
    { flags: "--ask", description: "ask for everything, also what was answered before" },
    { flags: "--print-answers", description: "write the answers as JSON, for --answers" },
    ...flag.PASSWORD_FLAGS,
    flag.YES_FLAG,
  ],
  examples: [
    ["setup", "asks, shows what it would make, and makes nothing before you say yes"],
    ["setup --region eu-central-1 --trust ec2 --plan", "what one EC2 instance needs"],
    ["setup --answers answers.json --yes", "without a question"],
    ["setup --check", "whether somebody has loosened anything; exit code 1 when so"],
    [
      "setup --region eu-central-1 --trust ec2 --print cloudformation",
      "for somebody else to deploy",
    ],
    [
      "setup --print user-data --os-user ubuntu --package https://example.org/clawback-0.1.0.tgz",
      "a fresh EC2 instance restores the latest backup by itself",
    ],
    ["setup --type directory --path /mnt/backups --yes", "a mounted disk"],
  ],
  exitCodes: { 1: "the check found a difference, or the first backup could not be made" },
  run,
};

async function run(
  context: CommandContext,
  _args: readonly string[],
  flags: FlagValues,
): Promise<number> {
  const elsewhere = machineFormat(flags);
  if (elsewhere !== undefined) return await printForMachine(context, elsewhere, flags);
  const { answers, isPrinted } = await readAnswers(context, flags);
  if (flag.isSet(flags, "printAnswers")) return await printAnswers(context, answers);
  const print = flag.text(flags, "print") ?? (isPrinted ? "cloudformation" : undefined);
  if (print !== undefined) return await printTexts(context, answers, print as PrintFormat, flags);
  if (flag.isSet(flags, "check")) return await check(context, answers);
  if (flag.isSet(flags, "teardown")) return await tearDown(context, answers, flags);
  return await setUp(context, answers, flags);
}

async function setUp(
  { app, output, prompter }: CommandContext,
  answers: SetupAnswers,
  flags: FlagValues,
): Promise<number> {
  const { assertSetupPossible, prepareSetup } = await import("../../app/index.ts");
  const { plan, apply } = await prepareSetup(app, answers);
  if (flag.isSet(flags, "plan")) {
    output.result({ plan }, () => formatSetupPlan(plan, output));
    return 0;
  }
  if (!plan.isDone) output.note(formatSetupPlan(plan, output));
  assertSetupPossible(plan);
  if (!plan.isDone && !flag.isSet(flags, "yes")) await prompter.confirm("Make all this?", "--yes");
  const report = await apply((item) => {
    if (item.action !== "keep") output.note(formatSetupItem(item));
  });
  output.result(report, () => formatSetupReport(report, output));
  return report.ok ? 0 : 1;
}

async function check({ app, output }: CommandContext, answers: SetupAnswers): Promise<number> {
  const { checkSetup } = await import("../../app/index.ts");
  const found = await checkSetup(app, answers);
  output.result(found, () => formatSetupCheck(found, output));
  return found.ok ? 0 : 1;
}

async function tearDown(
  { app, output, prompter }: CommandContext,
  answers: SetupAnswers,
  flags: FlagValues,
): Promise<number> {
  const { prepareTeardown } = await import("../../app/index.ts");
  const { plan, apply } = await prepareTeardown(app, answers);
  if (flag.isSet(flags, "plan")) {
    output.result({ plan }, () => formatTeardown(plan));
    return 0;
  }
  if (plan.calls.length > 0 && !flag.isSet(flags, "yes")) {
    output.note(formatTeardown(plan));
    await prompter.confirm("Remove these?", "--yes");
  }
  const removed = await apply();
  output.result({ removed, stays: plan.stays }, () =>
    [`sent ${removed} requests`, formatTeardown({ ...plan, calls: [] })].join("\n"),
  );
  return 0;
}

async function printAnswers(
  { app, output }: CommandContext,
  answers: SetupAnswers,
): Promise<number> {
  const { resolveSetup } = await import("../../app/index.ts");
  const complete = await resolveSetup(app, answers);
  output.result(complete.answers, () => JSON.stringify(complete.answers, null, 2));
  return 0;
}
