import type { StatusReport } from "../../app/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatMetrics, formatStatus } from "../views/index.ts";

export const status: CommandDefinition = {
  usage: "status",
  group: "Everyday",
  summary: "show how old the newest and the newest verified backup are, and what needs care",
  description:
    "Unhealthy is an installation without a backup of the last two days, without a verified one of the last nine, whose storage cannot be read, " +
    "whose last run of a job failed, or whose snapshots need a password that only this machine has. The limits stand in settings.json under health.",
  flags: [
    {
      flags: "--prometheus",
      description: "print metrics for Prometheus, and end with 0 whatever they say",
    },
  ],
  examples: [["status", "for a person, and for a monitor that looks at the exit code"]],
  exitCodes: { 1: "unhealthy, as the output says" },
  run: async ({ app, output }, _args, flags) => {
    const { readStatus } = await import("../../app/index.ts");
    const report: StatusReport = await readStatus(app);
    if (flag.isSet(flags, "prometheus")) {
      output.result({ metrics: formatMetrics(report) }, () => formatMetrics(report));
      return 0;
    }
    output.result(report, () => formatStatus(report, app.clock.now()));
    return report.healthy ? 0 : 1;
  },
};
