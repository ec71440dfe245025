import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { shownId } from "../format.ts";

export const hold: CommandDefinition = {
  usage: "hold <backup>",
  group: "Backups",
  summary: "protect a backup from retention and delete",
  arguments: ["an id, the start of one, a name, or latest"],
  flags: [...flag.SELECT_FLAGS, ...flag.PASSWORD_FLAGS],
  examples: [["hold latest", "until it is released"]],
  run: async ({ app, output }, [selector = ""], flags) => {
    const { holdBackup } = await import("../../app/index.ts");
    const backup = await holdBackup(app, selector, flag.selection(flags));
    output.result({ backup }, () => `backup ${shownId(backup)} is held`);
    return 0;
  },
};

export const release: CommandDefinition = {
  usage: "release <backup>",
  group: "Backups",
  summary: "end the protection that hold gave",
  arguments: ["an id, the start of one, a name, or latest"],
  flags: [...flag.SELECT_FLAGS, ...flag.PASSWORD_FLAGS],
  examples: [["release 20261121T030000Z-k3f9xq", "retention and delete may remove it again"]],
  run: async ({ app, output }, [selector = ""], flags) => {
    const { releaseBackup } = await import("../../app/index.ts");
    const backup = await releaseBackup(app, selector, flag.selection(flags));
    output.result({ backup }, () => `backup ${shownId(backup)} is no longer held`);
    return 0;
  },
};
