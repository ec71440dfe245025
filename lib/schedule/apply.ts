import { dirname } from "node:path";
import { BackupError, isBackupError } from "../base/index.ts";
import { makeDirectory, publishFile, removeTree } from "../filesystem/index.ts";
import { readCrontab } from "./plan.ts";
import { startOrThrow, startProgram } from "./programs.ts";
import type { CrontabChange, ScheduleHost, SchedulePlan } from "./types.ts";

/**
 * Writes and starts what a plan says, in its order. Nothing is written where the scheduler does not answer. Repeated after a failure in the
 * middle, with a new plan, it does what is left.
 * @throws BackupError `plan-outdated` when the crontab was changed since; `not-supported` when a program fails; `home-unusable` and others
 *   of a file that cannot be written
 */
export async function applySchedule(host: ScheduleHost, plan: SchedulePlan): Promise<void> {
  const { variables } = host;
  await assertAnswers(host, plan);
  // What is to be taken away may be half gone already.
  for (const argv of plan.before) await tryProgram(argv, host);
  for (const { path, action, text } of plan.files) {
    if (action === "remove") removeTree(path);
    if (text === undefined || action === "keep") continue;
    makeDirectory(dirname(path));
    // systemd, cron and launchd want to read them; there is no secret in them.
    await publishFile(path, text, { mode: 0o644, replace: true });
  }
  if (plan.crontab !== undefined) await writeCrontab(host, plan.crontab);
  for (const argv of plan.commands) {
    // Timers of a scheduler that does not answer are taken away all the same.
    if (plan.jobs.length === 0 && plan.kind !== "openclaw") await tryProgram(argv, host);
    else await startOrThrow(argv, { variables });
  }
}

async function tryProgram(argv: readonly string[], { variables }: ScheduleHost): Promise<void> {
  try {
    await startProgram(argv, { variables });
  } catch (error) {
    if (!isBackupError(error, "not-supported")) throw error;
  }
}

/** Before anything is written: a user without a session bus has no timers of its own. */
async function assertAnswers({ variables }: ScheduleHost, plan: SchedulePlan): Promise<void> {
  if (plan.kind !== "systemd" || plan.jobs.length === 0 || plan.commands.length === 0) return;
  const scope = plan.scope === "user" ? ["--user"] : [];
  const { code, stderr } = await startProgram(["systemctl", ...scope, "show-environment"], {
    variables,
  });
  if (code === 0) return;
  const said = stderr.trim().split("\n")[0] ?? "";
  throw new BackupError("not-supported", `systemd does not answer here: ${said}`, {
    hint: "take --kind cron, or --no-activate to write the units only",
  });
}

async function writeCrontab(host: ScheduleHost, change: CrontabChange): Promise<void> {
  if (change.before === change.after) return;
  if ((await readCrontab(host)) !== change.before) {
    throw new BackupError("plan-outdated", "the crontab was changed since it was shown", {
      hint: "repeat the command",
    });
  }
  await startOrThrow(["crontab", "-"], { variables: host.variables, input: change.after });
}
