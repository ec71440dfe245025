import type { CheckReport, PrunePlan, PruneReport } from "../../app/index.ts";
import { BackupError, count, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition, Flag, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";
import { limitLines } from "../format.ts";
import { password } from "./repository-password.ts";
import { repair } from "./repository-repair.ts";

const FLAGS: readonly Flag[] = [flag.STORAGE_FLAG, flag.INSTANCE_FLAG, ...flag.PASSWORD_FLAGS];
const EXIT_CODES = { 10: "no repository", 11: "the repository is locked", 12: "wrong password" };

const check: CommandDefinition = {
  usage: "check",
  group: "Storage",
  summary: "check the repository, and say which files of which snapshots are damaged",
  description:
    "Reads keys, indexes, snapshots and all trees, and compares the list of packs with them. With --read-data every pack too; with\n" +
    "--read-data-days a share of them each time, so that all are read in so many days, which is remembered.",
  flags: [
    { flags: "--read-data", description: "read all packs" },
    {
      flags: "--read-data-subset <part>",
      description: "read a part of them: 10%, 2/7 or 500M",
    },
    {
      flags: "--read-data-days <days>",
      description: "read what is due for all to be read in so many days",
      parse: flag.wholeNumber(1, 365, "--read-data-days"),
    },
    ...FLAGS,
  ],
  examples: [
    ["repository check", "the structure, in seconds"],
    ["repository check --read-data-subset 10%", "and a tenth of the data"],
  ],
  exitCodes: { 1: "something is damaged", ...EXIT_CODES },
  run: async ({ app, output }, _args, flags) => {
    const { checkInstanceRepository, parseDataSubset } = await import("../../app/index.ts");
    const options = { ...flag.selection(flags), readData: dataSelection(flags, parseDataSubset) };
    const { record: _, ...report } = await checkInstanceRepository(app, options);
    const checked = { ...report.checked, databases: 0 };
    output.result({ ...report, checked }, () => formatCheck(report));
    return report.ok ? 0 : 1;
  },
};

const prune: CommandDefinition = {
  usage: "prune",
  group: "Storage",
  summary: "give back the space of what no snapshot needs",
  description:
    "Snapshots may be taken meanwhile. What is no longer needed leaves the index now, and the storage with a prune that runs a day later or more.",
  flags: [
    { flags: "-n, --dry-run", description: "say what would be done; changes nothing" },
    {
      flags: "--max-unused <limit>",
      description: "what may stay unused: a share, a size or unlimited (default: 5%)",
    },
    {
      flags: "--max-repack-size <size>",
      description: "rewrite no more than this, and the rest the next time",
      parse: flag.sizeFlag,
    },
    ...FLAGS,
  ],
  examples: [
    ["repository prune --dry-run", "see what would be given back"],
    ["repository prune --max-repack-size 500M", "in small steps"],
  ],
  exitCodes: EXIT_CODES,
  run: async ({ app, output }, _args, flags) => {
    const { parseMaxUnused, planInstancePrune, pruneInstanceRepository } = await import(
      "../../app/index.ts"
    );
    const maxUnused = flag.text(flags, "maxUnused");
    const options = {
      ...flag.selection(flags),
      maxUnused: maxUnused === undefined ? undefined : parseMaxUnused(maxUnused),
      maxRepackBytes: flag.number(flags, "maxRepackSize"),
    };
    if (flag.isSet(flags, "dryRun")) {
      const plan = await planInstancePrune(app, options);
      output.result({ plan }, () => formatPrunePlan(plan));
      return 0;
    }
    const report = await pruneInstanceRepository(app, options);
    output.result(report, () => formatPrune(report));
    return 0;
  },
};

export const repository: CommandDefinition = {
  usage: "repository",
  group: "Storage",
  summary: "care for the repository that snapshots lie in",
  subcommands: [check, prune, repair, password],
};

function dataSelection<T>(flags: FlagValues, parseSubset: (text: string) => T) {
  const subset = flag.text(flags, "readDataSubset");
  const days = flag.number(flags, "readDataDays");
  const isAll = flag.isSet(flags, "readData");
  if ([subset !== undefined, days !== undefined, isAll].filter(Boolean).length > 1) {
    const message = "--read-data, --read-data-subset and --read-data-days exclude one another";
    throw new BackupError("invalid-argument", message);
  }
  if (days !== undefined) return { type: "share", days } as const;
  if (isAll) return { type: "all" } as const;
  return subset === undefined ? undefined : parseSubset(subset);
}

function formatCheck({
  ok,
  checked,
  findings,
  notices,
  losses,
  ...rest
}: Omit<CheckReport, "record">) {
  const { snapshots, trees, packs, packsRead, bytes } = checked;
  const summary = `${count(snapshots, "snapshot")}, ${count(trees, "tree")}, ${count(packs, "pack")} checked; ${count(packsRead, "pack")} read (${formatSize(bytes)})`;
  const found = findings.map(({ code, message }) => `${code}: ${escapeText(message)}`);
  const lost = losses.map(
    ({ snapshotId, path, type }) =>
      `damaged ${type} in ${snapshotId.slice(0, 8)}: ${escapeText(path)}`,
  );
  const total = findings.length + rest.findingsOmitted;
  return [
    ...limitLines(found, 50, "… and %d more; --json lists them"),
    ...limitLines(lost, 50, "… and %d more; --json lists them"),
    ...notices.map(({ message }) => `note: ${escapeText(message)}`),
    ok ? `sound: ${summary}` : `NOT sound: ${count(total, "finding")}; ${summary}`,
  ].join("\n");
}

function formatPrunePlan({ packs, blobs, unusedAfterBytes }: PrunePlan): string {
  const line = (what: string, { count: many, bytes }: { count: number; bytes: number }): string =>
    `${what} ${count(many, "pack")} (${formatSize(bytes)})`;
  return [
    `used: ${count(blobs.used.count, "blob")} (${formatSize(blobs.used.bytes)}), unused: ${formatSize(blobs.unused.bytes)}`,
    line("would rewrite", packs.repack),
    line("would take out of the index", packs.remove),
    line("would delete", packs.delete),
    line("waiting for a day to pass:", packs.waiting),
    `unused after: ${formatSize(unusedAfterBytes)}`,
  ].join("\n");
}

function formatPrune({ deleted, removed, writtenBytes, rescued }: PruneReport): string {
  return [
    `deleted ${count(deleted.count, "pack")}: ${formatSize(deleted.bytes)} given back`,
    `${count(removed.count, "pack")} (${formatSize(removed.bytes)}) left the index, to be deleted a day later by the next prune`,
    ...(writtenBytes > 0 ? [`${formatSize(writtenBytes)} written anew`] : []),
    ...(rescued > 0 ? [`${count(rescued, "pack")} kept for snapshots taken meanwhile`] : []),
  ].join("\n");
}
