import type {
  ScheduleKind,
  ScheduleOptions,
  ScheduleReport,
  ScheduleScope,
} from "../../app/index.ts";
import { count, escapeText, formatDuration } from "../../base/index.ts";
import type { CommandContext, CommandDefinition, Flag, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTable } from "../table.ts";
import { formatSchedulePlan } from "../views/index.ts";
import { swap } from "./schedule-swap.ts";

const KINDS: readonly ScheduleKind[] = ["systemd", "cron", "launchd", "openclaw"];
const INTERVALS = ["hourly", "daily", "weekly"];

const KIND_FLAG: Flag = {
  flags: "--kind <kind>",
  description: "systemd, cron, launchd or openclaw (default: what this machine has)",
  choices: KINDS,
};
const SYSTEM_FLAG: Flag = {
  flags: "--system",
  description: "for the whole machine, also while nobody is logged in; needs root",
};
const DRY_RUN_FLAG: Flag = {
  flags: "-n, --dry-run",
  description: "show exactly what would be written, and stop",
};
const INTERVAL_FLAG: Flag = {
  flags: "--interval <interval>",
  description: "from now on take a snapshot hourly, daily or weekly",
  choices: INTERVALS,
};

const install: CommandDefinition = {
  usage: "install",
  group: "Setup and care",
  summary: "let jobs run by themselves: systemd timers, cron, launchd or OpenClaw's automations",
  description:
    "Shows the exact text and asks. A snapshot hourly, a whole archive weekly, retention and verify daily, unless settings.json says otherwise " +
    "under jobs (hourly, daily, weekly, monthly, off, or five fields of cron). Only what clawback wrote is ever replaced. " +
    "No secret is written: the password has to lie in the home, in a file, or with KMS.",
  flags: [
    KIND_FLAG,
    SYSTEM_FLAG,
    INTERVAL_FLAG,
    DRY_RUN_FLAG,
    flag.YES_FLAG,
    { flags: "--no-activate", description: "write files, and start nothing: for images" },
    {
      flags: "--gateway-unit <unit>",
      description: "systemd: finish an interrupted restore before this unit of the Gateway starts",
    },
  ],
  examples: [
    ["schedule install --dry-run", "see what would be written"],
    ["schedule install --kind cron --yes", "into this user's crontab"],
    ["schedule install --interval daily --yes", "a snapshot a day is enough"],
  ],
  run: async (context, _args, flags) => await installWith(context, flags),
};

const show: CommandDefinition = {
  usage: "show",
  group: "Setup and care",
  summary: "show the jobs, when they are due, and which timers are installed",
  flags: [
    {
      flags: "--agent-turn",
      description: "print jobs for OpenClaw's scheduler in which the agent runs the command itself",
    },
  ],
  examples: [["schedule show", "when each job is due, and what starts it"]],
  run: async (context, _args, flags) => {
    if (!flag.isSet(flags, "agentTurn")) return await showWith(context);
    const { agentTurns } = await import("../../app/index.ts");
    const turns = agentTurns(context.app);
    context.output.result({ turns }, () => JSON.stringify(turns, null, 2));
    return 0;
  },
};

const remove: CommandDefinition = {
  usage: "remove",
  group: "Setup and care",
  summary: "take the timers away again, exactly those that clawback wrote",
  flags: [KIND_FLAG, SYSTEM_FLAG, DRY_RUN_FLAG, flag.YES_FLAG],
  examples: [["schedule remove --dry-run", "see what would be taken away"]],
  run: async (context, _args, flags) => await removeWith(context, flags),
};

export const schedule: CommandDefinition = {
  usage: "schedule",
  group: "Setup and care",
  summary: "let jobs run by themselves, and see when they are due",
  flags: [
    { ...INTERVAL_FLAG, hidden: true },
    { flags: "--disable", description: "take the timers away", hidden: true },
    { ...flag.YES_FLAG, hidden: true },
  ],
  subcommands: [install, show, remove, swap],
  run: async (context, _args, flags) => {
    if (flag.isSet(flags, "disable")) return await removeWith(context, flags);
    if (flags.interval !== undefined) return await installWith(context, flags);
    return await showWith(context);
  },
};

async function installWith(context: CommandContext, flags: FlagValues): Promise<number> {
  const { app, output, prompter } = context;
  const { installJobs, planJobs } = await import("../../app/index.ts");
  const options: ScheduleOptions = {
    ...placeOf(flags),
    interval: flag.text(flags, "interval"),
    activate: flags.activate !== false,
    gatewayUnit: flag.text(flags, "gatewayUnit"),
  };
  const plan = await planJobs(app, options);
  if (flag.isSet(flags, "dryRun")) {
    output.result({ plan }, () => formatSchedulePlan(plan));
    return 0;
  }
  if (!plan.isDone && !flag.isSet(flags, "yes")) {
    output.note(formatSchedulePlan(plan));
    await prompter.confirm("Write this?", "--yes");
  }
  await installJobs(app, plan, options);
  for (const note of plan.notes) output.warn(note);
  output.result({ installed: plan }, () =>
    plan.isDone
      ? `nothing to change: ${count(plan.jobs.length, "job")} by ${plan.kind}`
      : `installed ${count(plan.jobs.length, "job")} by ${plan.kind}: ${plan.jobs.map(({ job }) => job).join(", ")}`,
  );
  return 0;
}

async function removeWith(context: CommandContext, flags: FlagValues): Promise<number> {
  const { app, output, prompter } = context;
  const { planJobRemoval, removeJobs } = await import("../../app/index.ts");
  const plans = await planJobRemoval(app, placeOf(flags));
  const format = (): string =>
    plans.length === 0 ? "no timers of clawback here" : plans.map(formatSchedulePlan).join("\n\n");
  if (flag.isSet(flags, "dryRun")) {
    output.result({ plans }, format);
    return 0;
  }
  if (plans.length > 0 && !flag.isSet(flags, "yes")) {
    output.note(format());
    await prompter.confirm("Take this away?", "--yes");
  }
  await removeJobs(app, plans);
  output.result({ removed: plans }, () =>
    plans.length === 0 ? format() : `removed timers of ${plans.map(({ kind }) => kind).join(", ")}`,
  );
  return 0;
}

async function showWith({ app, output }: CommandContext): Promise<number> {
  const { showSchedule } = await import("../../app/index.ts");
  const report = await showSchedule(app);
  output.result(report, () => formatReport(report, app.clock.now()));
  return 0;
}

function placeOf(flags: FlagValues): { kind?: ScheduleKind; scope?: ScheduleScope } {
  const kind = flag.text(flags, "kind");
  return {
    ...(kind === undefined ? {} : { kind: kind as ScheduleKind }),
    ...(flag.isSet(flags, "system") ? { scope: "system" } : {}),
  };
}

function formatReport({ jobs, installed }: ScheduleReport, now: Date): string {
  const rows = jobs.map(({ job, at, cron = "", next, problem }) => [
    job,
    at,
    at === cron ? "" : cron,
    next === undefined ? "" : `in ${formatDuration(new Date(next).getTime() - now.getTime())}`,
    problem ??
      installed
        .filter((found) => found.jobs.includes(job))
        .map(({ kind, scope }) => `${kind} (${scope})`)
        .join(", "),
  ]);
  const columns = ["JOB", "AT", "CRON", "DUE", "BY"].map((title) => ({ title }));
  const where = installed.map(
    ({ kind, where: places }) => `${kind}: ${places.map(escapeText).join(", ")}`,
  );
  const hint = installed.length === 0 ? ["no timers here: clawback schedule install"] : [];
  return [formatTable(columns, rows), ...where, ...hint].join("\n");
}
