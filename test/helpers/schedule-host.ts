import type { ScheduleHost } from "../../lib/schedule/index.ts";

/** A machine whose words want quoting everywhere. */
export function scheduleHost(userHome: string, facts: Partial<ScheduleHost> = {}): ScheduleHost {
  return {
    instance: "box-1.a",
    program: ["/opt/node 24/bin/node", `/srv/it's "100%" $HOME/clawback.js`],
    environment: { PATH: "/usr/bin:/bin", CLAWBACK_PASSWORD_FILE: `/etc/a'b "c" 5% $x\\y` },
    variables: { PATH: process.env.PATH },
    userHome,
    userName: "agent",
    uid: 1000,
    ...facts,
  };
}

export const KNOWN_JOBS: readonly string[] = [
  ...(["snapshot", "archive", "retention", "verify", "before-update"] as const),
];
