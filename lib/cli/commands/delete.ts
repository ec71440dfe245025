import { formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTime, shownId } from "../format.ts";

export const deleteCommand: CommandDefinition = {
  usage: "delete <backup>",
  group: "Backups",
  summary: "remove one backup",
  description:
    "Of a snapshot, what no other snapshot needs stays stored until the repository is pruned.",
  arguments: ["an id, the start of one, or a name"],
  flags: [...flag.SELECT_FLAGS, ...flag.PASSWORD_FLAGS, flag.YES_FLAG],
  examples: [["delete 20261121T030000Z-k3f9xq", "asks first"]],
  run: async ({ app, output, prompter }, [selector = ""], flags) => {
    const { deleteBackup, selectBackup } = await import("../../app/index.ts");
    const { backup } = await selectBackup(app, selector, {
      ...flag.selection(flags),
      withSnapshots: true,
    });
    if (!flag.isSet(flags, "yes")) {
      const facts = `${shownId(backup)} of ${formatTime(backup.createdAt)}, ${formatSize(backup.storedBytes)}, in storage ${backup.storage}`;
      await prompter.confirm(`Remove backup ${facts}?`, "--yes");
    }
    await deleteBackup(app, backup);
    output.result(
      { backup },
      () => `removed backup ${shownId(backup)} from storage ${backup.storage}`,
    );
    return 0;
  },
};
