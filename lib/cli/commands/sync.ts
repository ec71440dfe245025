import type { SyncReport, SyncReports } from "../../app/index.ts";
import { BackupError, count, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { shownId } from "../format.ts";
import type { Output } from "../output.ts";

export const sync: CommandDefinition = {
  usage: "sync [backup...]",
  group: "Backups",
  summary: "copy backups to another storage",
  description:
    "An archive is copied byte for byte and proved on arrival. Of a snapshot only what the other repository lacks is copied, and encrypted with\n" +
    "its password; the first one makes the repository. What is there already is not copied again.",
  arguments: ["an id, the start of one, a name, latest or a time; several may be given"],
  flags: [
    { flags: "--storage <id>", description: "where to copy to (default: the default storage)" },
    { flags: "--from <id>", description: "the storage to copy from (default: any other)" },
    flag.INSTANCE_FLAG,
    { flags: "--all", description: "every backup that is not there yet, oldest first" },
    {
      flags: "--force",
      description: "replace the copy of an archive there if it fails verification; nothing else",
    },
    { flags: "--plaintext", description: "store it off-site without encryption, this once" },
    ...flag.PASSWORD_FLAGS,
    {
      flags: "--to-password-file <file>",
      description: "the password of the repository to copy to, where it has another one",
    },
  ],
  examples: [
    ["sync latest --storage s3", "from wherever it lies to storage s3"],
    ["sync --all --storage s3", "everything that s3 does not have yet"],
  ],
  exitCodes: { 11: "a repository is locked", 12: "wrong password" },
  run: async ({ app, output }, selectors, flags) => {
    const { syncBackup, syncBackups } = await import("../../app/index.ts");
    const isAll = flag.isSet(flags, "all");
    assertSelected(selectors, isAll);
    const file = flag.text(flags, "toPasswordFile");
    const options = {
      to: flag.text(flags, "storage"),
      storage: flag.text(flags, "from"),
      instance: flag.text(flags, "instance"),
      force: flag.isSet(flags, "force"),
      plaintext: flag.isSet(flags, "plaintext"),
      toPasswordFile: file === undefined ? undefined : flag.absolutePath(file),
    };
    const [only, ...others] = selectors;
    if (only !== undefined && others.length === 0) {
      const report = await syncBackup(app, only, options);
      output.result(report, () => describe(report));
      return 0;
    }
    const reports = await syncBackups(app, isAll ? "all" : selectors, options);
    return printAll(output, reports);
  },
};

function assertSelected(selectors: readonly string[], isAll: boolean): void {
  if (isAll === (selectors.length === 0)) return;
  const message = isAll ? "--all and a backup exclude one another" : "no backup is named";
  throw new BackupError("invalid-argument", message, {
    hint: "name one, such as latest, or use --all",
  });
}

function describe({ backup, to, copyId = "", copied, ...report }: SyncReport): string {
  const added = formatSize(report.storedBytes);
  const id = shownId(backup);
  if (backup.kind === "snapshot") {
    const copy = copyId.slice(0, 8);
    return copied
      ? `copied snapshot ${id} to storage ${to} as ${copy}: ${added} added`
      : `storage ${to} holds snapshot ${id} already, as ${copy}`;
  }
  return copied
    ? `copied backup ${id} (${added}) to storage ${to}${report.replaced ? ", replacing a damaged copy" : ""}`
    : `storage ${to} holds backup ${id} already, and its copy is sound`;
}

function printAll(output: Output, { synced, failed, problems }: SyncReports): number {
  for (const { storage, error } of problems) {
    const hint = error.hint === undefined ? "" : `; ${error.hint}`;
    output.warn(`storage ${storage}: ${error.message}${hint}`);
  }
  const failures = failed.map(({ backup, error }) => ({
    id: backup.id,
    code: error.code,
    message: error.message,
  }));
  const copied = synced.filter((each) => each.copied);
  output.result({ synced, failed: failures }, () =>
    [
      ...copied.map(describe),
      ...failed.map(({ backup, error }) => `NOT copied: ${shownId(backup)}: ${error.message}`),
      `${count(copied.length, "backup")} copied, ${synced.length - copied.length} there already`,
    ].join("\n"),
  );
  return failed.length + problems.length > 0 ? 1 : 0;
}
