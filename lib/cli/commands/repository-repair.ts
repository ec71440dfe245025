import type { RepairIndexReport, RepairSnapshotsReport } from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition, Flag } from "../command.ts";
import * as flag from "../flags.ts";
import { limitLines } from "../format.ts";

const FLAGS: readonly Flag[] = [flag.STORAGE_FLAG, flag.INSTANCE_FLAG, ...flag.PASSWORD_FLAGS];
const READ_DATA: Flag = {
  flags: "--read-data",
  description: "read all data, to find damage inside packs",
};

const index: CommandDefinition = {
  usage: "index",
  group: "Storage",
  summary: "make the index anew from the packs",
  description:
    "With --read-data, what is whole of a damaged pack is saved, and the rest leaves the index, so that the next snapshot stores it again.",
  flags: [
    { flags: "--read-all-packs", description: "believe no index; read the header of every pack" },
    READ_DATA,
    ...FLAGS,
  ],
  examples: [["repository repair index", "after check has found the index wanting"]],
  run: async ({ app, output }, _args, flags) => {
    const { repairInstanceIndex } = await import("../../app/index.ts");
    const report = await repairInstanceIndex(app, {
      ...flag.selection(flags),
      readAllPacks: flag.isSet(flags, "readAllPacks"),
      readData: flag.isSet(flags, "readData"),
    });
    output.result(report, () => formatIndex(report));
    return report.lost.length === 0 && report.unreadable.length === 0 ? 0 : 1;
  },
};

const snapshots: CommandDefinition = {
  usage: "snapshots",
  group: "Storage",
  summary: "write damaged snapshots again without what is lost",
  description: "The old snapshots stay, unless --forget is given.",
  flags: [
    { flags: "-n, --dry-run", description: "say what is lost; writes nothing" },
    { flags: "--forget", description: "remove the damaged snapshots afterwards" },
    flag.YES_FLAG,
    READ_DATA,
    ...FLAGS,
  ],
  examples: [["repository repair snapshots --dry-run", "see what is lost"]],
  run: async ({ app, output, prompter }, _args, flags) => {
    const { repairInstanceSnapshots } = await import("../../app/index.ts");
    const removeOld = flag.isSet(flags, "forget");
    const dryRun = flag.isSet(flags, "dryRun");
    if (removeOld && !dryRun && !flag.isSet(flags, "yes")) {
      await prompter.confirm("Remove damaged snapshots once they are repaired?", "--yes");
    }
    const readData = flag.isSet(flags, "readData");
    const options = { ...flag.selection(flags), removeOld, dryRun, readData };
    const report = await repairInstanceSnapshots(app, options);
    output.result(report, () => formatSnapshots(report));
    return 0;
  },
};

export const repair: CommandDefinition = {
  usage: "repair",
  group: "Storage",
  summary: "repair what can be repaired, and say what is lost",
  subcommands: [index, snapshots],
};

function formatIndex({
  packs,
  blobs,
  lost,
  unreadable,
  damaged,
  missing,
}: RepairIndexReport): string {
  return [
    ...unreadable.map(({ message }) => `unreadable: ${escapeText(message)}`),
    ...(missing.length > 0 ? [`${count(missing.length, "pack")} missing`] : []),
    ...(damaged.length > 0
      ? [`${count(damaged.length, "pack")} damaged; what was whole is saved`]
      : []),
    ...(lost.length > 0
      ? [`${count(lost.length, "blob")} lost; see: clawback repository check`]
      : []),
    `index made anew: ${count(packs, "pack")}, ${count(blobs, "blob")}`,
  ].join("\n");
}

function formatSnapshots({
  checked,
  snapshots: repaired,
  unreadable,
}: RepairSnapshotsReport): string {
  const lines = repaired.flatMap(({ id, repairedId, lost, removed }) => [
    `${id.slice(0, 8)} → ${repairedId?.slice(0, 8) ?? "nothing written"}${removed ? " (old one removed)" : ""}`,
    ...lost.map(({ path, type, sizeBytes }) => {
      const size = sizeBytes === undefined ? "" : ` (${formatSize(sizeBytes)})`;
      return `  lost ${type}: ${escapeText(path)}${size}`;
    }),
  ]);
  return [
    ...limitLines(lines, 200, "… and %d more; --json lists all"),
    ...unreadable.map(({ message }) => `unreadable: ${escapeText(message)}`),
    `${count(checked, "snapshot")} looked at, ${repaired.length} damaged`,
  ].join("\n");
}
