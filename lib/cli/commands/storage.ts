import { escapeText } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTable } from "../table.ts";
import { type DescribedStorage, describeStorage } from "../views/index.ts";
import { addStorage } from "./storage-add.ts";

const listStorages: CommandDefinition = {
  usage: "list",
  group: "Storage",
  summary: "list the configured storages",
  run: async ({ app, output }) => {
    const { storages, defaultStorage } = app.settings;
    const shown = storages.map((entry) => ({
      ...describeStorage(entry),
      default: entry.id === defaultStorage,
    }));
    output.result({ storages: shown }, () => formatList(shown));
    return 0;
  },
};

export const storage: CommandDefinition = {
  usage: "storage",
  group: "Storage",
  summary: "configure where backups are kept",
  description: "Without a command it lists them.",
  aliases: ["backends", "backend"],
  run: listStorages.run,
  subcommands: [
    addStorage,
    listStorages,
    {
      usage: "remove <id>",
      group: "Storage",
      summary: "forget a storage; what is stored there stays",
      flags: [flag.YES_FLAG],
      run: async ({ app, output, prompter }, [id = ""], flags) => {
        const { removeStorageFromSettings } = await import("../../app/index.ts");
        if (!flag.isSet(flags, "yes"))
          await prompter.confirm(`Forget storage ${id}? Its backups stay where they are.`, "--yes");
        await removeStorageFromSettings(app, id);
        output.result(
          { removed: id },
          () => `storage ${id} is no longer configured; its backups are untouched`,
        );
        return 0;
      },
    },
    {
      usage: "default <id>",
      group: "Storage",
      summary: "choose the storage that commands use by default",
      run: async ({ app, output }, [id = ""]) => {
        const { makeDefaultStorage } = await import("../../app/index.ts");
        await makeDefaultStorage(app, id);
        output.result({ default: id }, () => `storage ${id} is the default now`);
        return 0;
      },
    },
  ],
};

function formatList(storages: readonly (DescribedStorage & { default: boolean })[]): string {
  if (storages.length === 0) return "no storage is configured; see: clawback storage add --help";
  const rows = storages.map((entry) => [
    entry.id,
    entry.type,
    escapeText(
      entry.type === "directory" ? String(entry.path) : `${entry.bucket}/${entry.prefix ?? ""}`,
    ),
    [
      ...(entry.type === "s3" ? [`encryption: ${entry.sse}`] : []),
      ...(entry.plaintext === true ? ["plaintext allowed"] : []),
      ...(entry.default ? ["default"] : []),
    ].join(", "),
  ]);
  return formatTable([{ title: "ID" }, { title: "TYPE" }, { title: "PLACE" }, { title: "" }], rows);
}
