import type { CommandDefinition } from "../command.ts";
import { formatDoctor } from "../views/index.ts";

export const doctor: CommandDefinition = {
  usage: "doctor",
  group: "Everyday",
  summary: "look at everything that backups depend on, and say how to mend what is wrong",
  description:
    "Only reads: it repairs nothing, not even what a killed process left, and asks for no password. To learn how far these credentials could harm " +
    "the backups it asks each service to do what changes nothing, such as removing a version that does not exist.",
  readsOnly: true,
  withoutHome: true,
  examples: [
    ["doctor", "after setting up, and when something seems wrong"],
    ["doctor --json", "for a program: findings with code, severity, message and fix"],
  ],
  exitCodes: { 1: "something is wrong, as the output says" },
  run: async ({ app, output }) => {
    const { examine } = await import("../../app/index.ts");
    const report = await examine(app);
    output.result(report, () => formatDoctor(report, output));
    return report.ok ? 0 : 1;
  },
};
