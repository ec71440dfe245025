import type {
  SetupCheck,
  SetupItem,
  SetupPlan,
  SetupReport,
  SetupTeardown,
} from "../../app/index.ts";
import { escapeText } from "../../base/index.ts";
import { hang } from "../format.ts";
import type { Output } from "../output.ts";
import { wrapText } from "../wrap.ts";
import { formatSchedulePlan } from "./schedule-plan.ts";

const MARKS: Readonly<Record<SetupItem["action"], string>> = {
  create: "make",
  change: "change",
  keep: "keep",
  cannot: "CANNOT",
  unknown: "unknown",
  "left-out": "leave out",
};

/** Everything that setup would make, a line each, in its order. */
export function formatSetupPlan(plan: SetupPlan, output: Output): string {
  const { provision, settings, warnings } = plan;
  const caller = provision?.caller;
  const where = provision?.blueprint.service.name;
  return [
    `Setup of instance ${plan.instance}, storage ${plan.storage}`,
    ...(caller === undefined
      ? []
      : [
          `in account ${caller.account}, as ${escapeText(caller.arn)}, region ${provision?.blueprint.region}`,
        ]),
    ...(caller === undefined && where !== undefined ? [`at ${where}`] : []),
    "",
    ...(provision?.items ?? []).map((item) => formatItem(item, output)),
    ...settings.changes.map((text) => hang(MARKS[settings.action], escapeText(text), output.width)),
    ...(settings.action === "keep" ? [hang("keep", "the settings", output.width)] : []),
    ...(plan.firstBackup
      ? [hang("then", "a first backup, verified, unless there is one", output.width)]
      : []),
    ...scheduleLines(plan, output),
    ...costLines(plan, output),
    ...warnings.map((text) =>
      output.style("yellow", hang("Mind:", escapeText(text), output.width)),
    ),
    ...(plan.isDone ? ["", "Nothing is to be made: everything stands as it should."] : []),
  ].join("\n");
}

function costLines({ cost }: SetupPlan, { width }: Output): string[] {
  if (cost === undefined) return [];
  const money = (amount: number): string => `${amount.toFixed(2)} ${cost.currency}`;
  const parts = [
    `storage ${money(cost.storage)}`,
    ...(cost.key > 0 ? [`key ${money(cost.key)}`] : []),
    `requests ${money(cost.requests)}`,
  ].join(", ");
  const text = `about ${money(cost.total)} a month once it has run for a while: ${parts} (prices of ${cost.asOf})`;
  return [hang("Cost:", text, width)];
}

function scheduleLines({ schedule }: SetupPlan, { width }: Output): string[] {
  if (schedule === undefined) return [];
  const jobs = schedule.jobs.map(({ job, cron }) => `${job} (${cron})`).join(", ");
  const text = `jobs by ${schedule.kind}: ${jobs}`;
  if (schedule.isDone) return [hang("keep", text, width)];
  return [hang("then", text, width), formatSchedulePlan(schedule)];
}

function formatItem(item: SetupItem, output: Output): string {
  const text = hang(
    MARKS[item.action],
    `${escapeText(item.title)}: ${escapeText(item.why)}`,
    output.width,
  );
  if (item.action === "cannot") return output.style("red", text);
  return item.action === "keep" ? output.style("dim", text) : text;
}

/** One resource that stands now. */
export function formatSetupItem({ action, title }: SetupItem): string {
  const done = {
    create: "made",
    change: "changed",
    keep: "kept",
    cannot: "not made",
    unknown: "not looked at",
    "left-out": "left out",
  };
  return `${done[action]}: ${escapeText(title)}`;
}

/** What stands, how well it is protected, and what to do next. */
export function formatSetupReport(report: SetupReport, output: Output): string {
  const { provisioned } = report;
  const role = Object.values(provisioned?.policies ?? {})[0];
  const lines = [
    report.changed === 0
      ? "Nothing was changed: everything stands as it should."
      : `Set up: storage ${report.storage} of instance ${report.instance}.`,
    ...protectionLines(report.protection, output),
    ...(role === undefined ? [] : [`The machine's policy: ${role}`]),
    ...(provisioned?.instanceProfile === undefined
      ? []
      : [`Its instance profile: ${provisioned.instanceProfile} (attach it to the EC2 instance)`]),
    ...backupLines(report),
    ...jobLines(report),
    ...passwordLines(report, output),
    ...report.warnings.map((text) =>
      output.style("yellow", wrapText(`Mind: ${escapeText(text)}`, output.width)),
    ),
  ];
  return lines.map((line) => wrapText(line, output.width)).join("\n");
}

function backupLines({ firstBackup }: SetupReport): string[] {
  const { state, id, verified, restore, problem } = firstBackup;
  if (state === "left-out") return [];
  if (state === "failed") {
    return [
      `The first backup could NOT be made: ${escapeText(problem?.message ?? "")}`,
      ...(problem?.hint === undefined ? [] : [`  ${escapeText(problem.hint)}`]),
      "Once that is put right, run clawback setup again.",
    ];
  }
  const what =
    state === "made" ? `First backup ${id?.slice(0, 8)}` : `Backup ${id?.slice(0, 8)} was there`;
  return [
    `${what}: ${verified ? "verified, it can be restored" : "it could NOT be verified"}.`,
    ...(restore === undefined ? [] : [`To get it back: ${restore}`]),
  ];
}

function passwordLines({ password, storage }: SetupReport, output: Output): string[] {
  if (password === undefined) return [];
  if (password.state === "wrapped") {
    return ["The KMS key holds the snapshots' password: a new machine with the role needs none."];
  }
  if (password.state === "kit") return [];
  const whose =
    password.state === "only-here"
      ? "exists only on this machine, and they are lost with it"
      : "is the one you configured";
  const line = `The password of the snapshots ${whose}. Print the recovery kit now: clawback key export --with-passphrase --storage ${storage}`;
  return [password.state === "only-here" ? output.style("yellow", line) : line];
}

function jobLines({ schedule }: SetupReport): string[] {
  const { state, kind, jobs, problem } = schedule;
  if (state === "left-out") {
    return ["No job runs by itself through this setup; to change that: clawback schedule install"];
  }
  if (state === "failed") {
    const hint = problem?.hint === undefined ? "" : ` (${problem.hint})`;
    return [`The jobs could NOT be scheduled: ${escapeText(`${problem?.message}${hint}`)}`];
  }
  return [`Jobs by ${kind}: ${jobs.join(", ")}.`];
}

function protectionLines(protection: SetupReport["protection"], output: Output): string[] {
  if (protection === undefined) {
    return [
      "Protection level: not known, because this machine's credentials do not work there yet.",
    ];
  }
  const { level, sentence, reasons } = protection;
  const line = wrapText(`Protection level: ${level}. ${sentence}`, output.width);
  return [
    level === "none" ? output.style("yellow", line) : line,
    ...reasons.map((reason) => wrapText(`- ${escapeText(reason)}`, output.width)),
  ];
}

/** Whether everything stands as it was set up. */
export function formatSetupCheck(found: SetupCheck, output: Output): string {
  const { settings, schedule } = found.plan;
  return [
    ...found.drift.map((item) => formatItem(item, output)),
    ...found.unknown.map((item) => formatItem(item, output)),
    ...(settings.action === "keep"
      ? []
      : settings.changes.map((text) => hang("change", escapeText(text), output.width))),
    ...(schedule?.isDone === false
      ? [hang("change", `the jobs are not in ${schedule.kind} as they were`, output.width)]
      : []),
    ...found.plan.warnings.map((text) =>
      output.style("yellow", hang("Mind:", escapeText(text), output.width)),
    ),
    ...protectionLines(found.protection, output),
    found.ok
      ? "Everything stands as it was set up."
      : "NOT as it was set up; to mend it: clawback setup, with an administrator's credentials",
  ].join("\n");
}

/** What is removed, and what stays with the commands for it. */
export function formatTeardown({ calls, stays }: Pick<SetupTeardown, "calls" | "stays">): string {
  const names = calls.map(({ operation, input }) => {
    const { RoleName, PolicyArn, InstanceProfileName } = input as Record<
      string,
      string | undefined
    >;
    return `  ${operation} ${InstanceProfileName ?? RoleName ?? PolicyArn ?? ""}`.trimEnd();
  });
  return [
    ...(calls.length === 0 ? ["No role or policy is left to remove."] : ["Removes:", ...names]),
    "Stays, with the command that would remove it for ever:",
    ...stays.flatMap(({ title, command }) => [
      `  ${escapeText(title)}`,
      `    ${escapeText(command)}`,
    ]),
  ].join("\n");
}
