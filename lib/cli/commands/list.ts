import type { Backup, BackupKind, BackupList } from "../../app/index.ts";
import { BackupError, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTime, shownId } from "../format.ts";
import type { Output } from "../output.ts";
import { formatTable } from "../table.ts";

/** What `--type` takes, and the kinds it stands for; `clawbackup` is the word of an older tool for what it made itself. */
const TYPES: Readonly<Record<string, readonly BackupKind[]>> = {
  all: ["archive", "snapshot", "native"],
  archive: ["archive"],
  snapshot: ["snapshot"],
  native: ["native"],
  clawbackup: ["archive", "snapshot"],
};

export const listCommand: CommandDefinition = {
  usage: "list [directory]",
  group: "Everyday",
  summary: "list backups, newest first",
  arguments: ["look in this directory instead of the storages"],
  flags: [
    {
      flags: "--type <type>",
      description: "only this kind: archive, snapshot, or native (made by openclaw backup)",
      parse: kindsOf,
    },
    {
      flags: "--limit <n>",
      description: "at most this many",
      parse: flag.wholeNumber(1, 1_000_000, "limit"),
    },
    { flags: "--tag <tag>", description: "only with this label; repeatable", repeatable: true },
    { flags: "--session <id>", description: "only snapshots of this session of the agent" },
    { flags: "--since <time>", description: "only from this time on, such as yesterday" },
    { flags: "--until <time>", description: "only up to this time, such as '2 hours ago'" },
    { flags: "--storage <id>", description: "only from this storage (default: from all)" },
    { flags: "--instance <name>", description: "of this instance, or all" },
    ...flag.PASSWORD_FLAGS,
  ],
  examples: [
    ["list", "this machine's backups in every storage"],
    ["list --type snapshot --since yesterday", "snapshots since the beginning of yesterday"],
    ["list --type native ~/Backups", "archives that openclaw backup put there"],
    ["list --instance all --json", "every instance's, for a program"],
  ],
  run: async ({ app, output }, [directory], flags) => {
    const { listBackups } = await import("../../app/index.ts");
    const found = await listBackups(app, {
      ...flag.selection(flags),
      limit: flag.number(flags, "limit"),
      tags: flag.list(flags, "tag"),
      session: flag.text(flags, "session"),
      since: flag.time(flags, "since", app.clock.now(), "start"),
      until: flag.time(flags, "until", app.clock.now(), "end"),
      kinds: flags.type as readonly BackupKind[] | undefined,
      directory: directory === undefined ? undefined : flag.absolutePath(directory),
    });
    for (const { storage, error } of found.problems) {
      const hint = error.hint === undefined ? "" : `; ${error.hint}`;
      output.warn(`storage ${storage}: ${error.message}${hint}`);
    }
    const problems = found.problems.map(({ storage, error }) => ({
      storage,
      message: error.message,
    }));
    const isNowhere = directory === undefined && app.settings.storages.length === 0;
    output.result({ backups: found.backups, ...(problems.length > 0 ? { problems } : {}) }, () =>
      isNowhere ? NO_STORAGE : format(found, output),
    );
    return found.backups.length === 0 && problems.length > 0 ? 1 : 0;
  },
};

const NO_STORAGE = "no storage is configured, so there are no backups; begin with: clawback init";

function kindsOf(text: string): readonly BackupKind[] {
  const kinds = TYPES[text];
  if (kinds !== undefined) return kinds;
  const message = `type ${JSON.stringify(text)} is none of all, archive, snapshot and native`;
  throw new BackupError("invalid-argument", message);
}

function format(found: BackupList, output: Output): string {
  if (found.backups.length === 0) {
    return found.problems.length > 0
      ? "no backup that can be used"
      : "no backups here; make one with clawback create, or see those of every machine with --instance all";
  }
  const rows = found.backups.map((backup) => [
    shownId(backup),
    formatTime(backup.createdAt),
    backup.instance,
    backup.kind,
    formatSize(backup.storedBytes),
    backup.kind === "native" ? "" : backup.files.toLocaleString("en-US"),
    backup.storage,
    [...facts(backup, output), ...(backup.name === null ? [] : [escapeText(backup.name)])].join(
      ", ",
    ),
  ]);
  const columns = [
    { title: "ID" },
    { title: "TIME" },
    { title: "INSTANCE" },
    { title: "KIND" },
    { title: "STORED", align: "right" as const },
    { title: "FILES", align: "right" as const },
    { title: "STORAGE" },
    { title: "" },
  ];
  return formatTable(columns, rows);
}

function facts(backup: Backup, output: Output): string[] {
  return [
    ...(backup.degraded ? [output.style("red", "DEGRADED")] : []),
    ...(backup.scope.full || backup.kind === "native" ? [] : ["partial"]),
    ...(backup.omissions > 0 ? [output.style("yellow", `${backup.omissions} omitted`)] : []),
    ...(backup.encrypted ? ["encrypted"] : []),
    ...(backup.verifiedAt === undefined ? [] : [output.style("green", "verified")]),
    ...(backup.held ? ["held"] : []),
  ];
}
