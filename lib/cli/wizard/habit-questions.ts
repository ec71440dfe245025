import { looksGenerated } from "../../base/index.ts";
import { BACK, type Question } from "./question.ts";

const instance: Question = {
  label: "Instance",
  ask: async (asking, draft) => {
    const { isInstanceName } = await import("../../app/index.ts");
    const { settings, environment } = asking.app;
    const isPoor = !settings.isConfigured && looksGenerated(environment.hostName);
    asking.say(
      isPoor
        ? `Backups are kept under a name, for good. This machine's, ${settings.instance}, looks made by a machine: choose one that you will know again.`
        : "Backups are kept under a name, for good; choose one that you will know again.",
    );
    const name = await asking.ask("Name of this instance:", {
      default: draft.instance ?? (isPoor ? undefined : settings.instance),
      check: (text) =>
        isInstanceName(text) ? undefined : "1 to 64 letters, digits, dots, dashes or underscores",
    });
    return name === BACK ? BACK : { instance: name };
  },
  show: ({ instance: name = "" }) => name,
};

const ROLES = [
  { value: "manager", name: "manager: leads other agents" },
  { value: "librarian", name: "librarian: keeps knowledge" },
  { value: "worker", name: "worker: does tasks" },
  { value: "access", name: "access service: has little of its own" },
  { value: "development", name: "development" },
] as const;

const agentRole: Question = {
  label: "Agent",
  ask: async (asking) => {
    asking.say("What the agent does says how much is lost between two backups.");
    const chosen = await asking.choose("What does this agent do?", ROLES);
    return chosen === BACK ? BACK : { agentRole: chosen };
  },
  show: ({ agentRole: chosen = "" }) => chosen,
};

const snapshots: Question = {
  label: "Snapshots",
  ask: async (asking, { agentRole: role = "worker" }) => {
    const { SETUP_FREQUENCIES } = await import("../../app/index.ts");
    const usual = SETUP_FREQUENCIES[role];
    asking.say(
      `For a ${role} it is usually ${usual}. Hourly is better: a snapshot stores only what changed, so 24 a day cost little more than one.`,
    );
    const names = ["hourly", "daily", "weekly", "manual"] as const;
    const choices = names.map((value) => ({
      value,
      name: value === usual ? `${value} (usual for a ${role})` : value,
    }));
    const chosen = await asking.choose("How often?", choices);
    return chosen === BACK ? BACK : { snapshots: chosen };
  },
  show: ({ snapshots: chosen = "" }) => chosen,
};

const RETENTION = [
  { value: "default", name: "48 hourly, 30 daily, 8 weekly, 12 monthly snapshots" },
  { value: "keep-30", name: "the last 30" },
  { value: "7-daily-4-weekly", name: "7 daily, 4 weekly" },
  { value: "keep-all", name: "all of them" },
] as const;

const retention: Question = {
  label: "Kept",
  ask: async (asking) => {
    asking.say(
      "What is older is removed by the daily retention job, never the newest verified backup.",
    );
    const chosen = await asking.choose("What to keep?", RETENTION);
    return chosen === BACK ? BACK : { retention: chosen };
  },
  show: ({ retention: chosen }) => RETENTION.find(({ value }) => value === chosen)?.name ?? "",
};

const schedule: Question = {
  label: "Jobs by",
  isAsked: ({ print }) => print !== true,
  ask: async (asking) => {
    asking.say("Something has to start the jobs. What is written is shown before.");
    const chosen = await asking.choose("What starts the jobs?", [
      { value: "auto", name: "what this machine has (systemd, launchd or cron)" },
      { value: "cron", name: "cron" },
      { value: "openclaw", name: "OpenClaw's own automations" },
      { value: "none", name: "nothing: I run them" },
    ]);
    return chosen === BACK ? BACK : { schedule: chosen };
  },
  show: ({ schedule: chosen }) => chosen ?? "",
};

export const HABIT_QUESTIONS: readonly Question[] = [
  instance,
  agentRole,
  snapshots,
  retention,
  schedule,
];
