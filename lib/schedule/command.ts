import type { ScheduleHost } from "./types.ts";

/** The program and arguments of a job as a timer starts it. */
export function jobCommand(host: Pick<ScheduleHost, "program" | "flags">, job: string): string[] {
  return runCommand(host, job);
}

/** What catches up with jobs that were due while the machine was off. */
export function missedCommand(host: Pick<ScheduleHost, "program" | "flags">): string[] {
  return runCommand(host, "--missed");
}

/** The quickest command that there is: it opens the home, and so puts right what was cut short. */
export function recoverCommand(host: Pick<ScheduleHost, "program" | "flags">): string[] {
  const { program, flags = [] } = host;
  return [...program, "runs", "--limit", "1", ...flags, "--quiet"];
}

function runCommand(
  { program, flags = [] }: Pick<ScheduleHost, "program" | "flags">,
  what: string,
) {
  return [...program, "run", what, ...flags, "--scheduled", "--quiet"];
}
