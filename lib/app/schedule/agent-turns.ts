import type { AppContext } from "../context.ts";
import { timedJobs } from "./schedule.ts";

/** A job of OpenClaw's scheduler that asks the agent to back itself up: for those who want to see it in the conversation. */
export interface AgentTurn {
  readonly name: string;
  readonly schedule: { readonly kind: "cron"; readonly expr: string; readonly tz: string };
  readonly payload: {
    readonly kind: "agentTurn";
    readonly message: string;
    readonly timeoutSeconds: number;
  };
  readonly sessionTarget: "isolated";
}

/** An agent's turn for each job that has a time. */
export function agentTurns(app: AppContext): AgentTurn[] {
  const tz = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return timedJobs(app, undefined).map(({ job, cron: expr }) => ({
    name: `clawback-${job}`,
    schedule: { kind: "cron", expr, tz },
    payload: {
      kind: "agentTurn",
      message: `Run this command, and tell me only if it does not end with exit code 0 or 3: clawback run ${job} --scheduled --quiet`,
      timeoutSeconds: 3600,
    },
    sessionTarget: "isolated",
  }));
}
