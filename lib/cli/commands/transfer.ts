import { count, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";

export const importCommand: CommandDefinition = {
  usage: "import <file> [name]",
  group: "Backups",
  summary: "take an archive file into a storage as a backup",
  description:
    "Accepts archives made by clawback, by openclaw backup, and by tar. The file is checked whole first, and stored as it is.",
  arguments: ["the archive", "a name to find it by later"],
  flags: [
    flag.STORAGE_FLAG,
    {
      flags: "--instance <name>",
      description: "keep it under this name instead of the configured one",
    },
    { flags: "--tag <tag>", description: "a label; repeatable", repeatable: true },
    ...flag.PASSWORD_FLAGS,
    flag.KEY_FILE_FLAG,
    { flags: "--plaintext", description: "store it off-site without encryption, this once" },
  ],
  examples: [
    [
      "import ./2026-11-21T03-00-00.000+00-00-openclaw-backup.tar.gz",
      "an archive of openclaw backup create",
    ],
  ],
  run: async ({ app, output }, [file = "", name], flags) => {
    const { importArchive } = await import("../../app/index.ts");
    const backup = await importArchive(app, flag.absolutePath(file), {
      name,
      tags: flag.list(flags, "tag"),
      storage: flag.text(flags, "storage"),
      instance: flag.text(flags, "instance"),
      keyFiles: flag.list(flags, "keyFile"),
      plaintext: flag.isSet(flags, "plaintext"),
    });
    const text = `imported ${count(backup.files, "file")}, ${formatSize(backup.storedBytes)} as backup ${backup.id}`;
    output.result(backup, () => `${text} in storage ${backup.storage}`);
    return 0;
  },
};

export const exportCommand: CommandDefinition = {
  usage: "export <backup> <file>",
  group: "Backups",
  summary: "write the archive of a backup to a file",
  description:
    "An archive is written as it is stored. Of a snapshot an archive is made that openclaw backup takes, too; it is not encrypted.",
  arguments: ["an id, the start of one, a name, latest or a time", "the file to make (mode 0600)"],
  flags: [...flag.SELECT_FLAGS, ...flag.PASSWORD_FLAGS],
  examples: [["export latest ./agent.tar.gz", "then: openclaw backup verify ./agent.tar.gz"]],
  run: async ({ app, output }, [selector = "", file = ""], flags) => {
    const { exportBackup } = await import("../../app/index.ts");
    const report = await exportBackup(app, selector, {
      ...flag.selection(flags),
      path: flag.absolutePath(file),
    });
    output.result(
      report,
      () => `wrote ${formatSize(report.storedBytes)} to ${escapeText(report.path)}`,
    );
    return 0;
  },
};
