import { formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTime } from "../format.ts";

export const deleteCommand: CommandDefinition = {
  usage: "delete <backup>",
  group: "Backups",
  summary: "remove one backup",
  arguments: ["an id, the start of one, or a name"],
  flags: [...flag.SELECT_FLAGS, flag.YES_FLAG],
  examples: [["delete 20261121T030000Z-k3f9xq", "asks first"]],
  run: async ({ app, output, prompter }, [selector = ""], flags) => {
    const { deleteBackup, selectBackup } = await import("../../app/index.ts");
    const { backup } = await selectBackup(app, selector, flag.selection(flags));
    if (!flag.isSet(flags, "yes")) {
      const facts = `${backup.id} of ${formatTime(backup.createdAt)}, ${formatSize(backup.storedBytes)}, in storage ${backup.storage}`;
      await prompter.confirm(`Remove backup ${facts}?`, "--yes");
    }
    await deleteBackup(app, backup);
    output.result({ backup }, () => `removed backup ${backup.id} from storage ${backup.storage}`);
    return 0;
  },
};
