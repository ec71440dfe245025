import type { SwapPlan } from "../../app/index.ts";
import { escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";

export const swap: CommandDefinition = {
  usage: "swap",
  group: "Setup and care",
  summary: "give a small machine a swap file, so that a peak of memory ends no agent",
  description:
    "Shows what it would do and asks; needs root. Timers of systemd keep backups below 1200 MB in any case.",
  flags: [
    { flags: "--size <size>", description: "how large (default: 2048M)", parse: flag.sizeFlag },
    {
      flags: "--path <file>",
      description: "where (default: /swapfile.clawback)",
      parse: flag.absolutePath,
    },
    { flags: "--remove", description: "take it away again" },
    { flags: "-n, --dry-run", description: "show what would be done, and stop" },
    flag.YES_FLAG,
  ],
  examples: [["schedule swap --dry-run", "see what would be done"]],
  run: async ({ app, output, prompter }, _args, flags) => {
    const { changeSwap, planSwap } = await import("../../app/index.ts");
    const plan = await planSwap({
      path: flag.text(flags, "path"),
      sizeBytes: flag.number(flags, "size"),
      remove: flag.isSet(flags, "remove"),
    });
    if (flag.isSet(flags, "dryRun")) {
      output.result({ plan }, () => format(plan));
      return 0;
    }
    if (!plan.isDone && !flag.isSet(flags, "yes")) {
      output.note(format(plan));
      await prompter.confirm("Do this?", "--yes");
    }
    if (!plan.isDone) await changeSwap(app, plan);
    output.result({ applied: plan }, () => (plan.isDone ? format(plan) : formatDone(plan)));
    return 0;
  },
};

function format({ isDone, remove, commands, fstab, notes, path }: SwapPlan): string {
  if (isDone) return remove ? "no swap file of clawback here" : `${path} is in use already`;
  const lines = (text: string) => new Set(text.split("\n").filter((line) => line !== ""));
  const [before, after] = [lines(fstab.before), lines(fstab.after)];
  return [
    ...commands.map((argv) => `run: ${argv.map(escapeText).join(" ")}`),
    ...[...after]
      .filter((line) => !before.has(line))
      .map((line) => `add to ${fstab.path}: ${line}`),
    ...[...before]
      .filter((line) => !after.has(line))
      .map((line) => `take out of ${fstab.path}: ${line}`),
    ...notes.map((note) => `Mind: ${note}`),
  ].join("\n");
}

function formatDone({ remove, path, sizeBytes }: SwapPlan): string {
  return remove ? `${path} is gone` : `${path} gives ${formatSize(sizeBytes)} of swap`;
}
