import { BackupError } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";

export const cat: CommandDefinition = {
  usage: "cat <snapshot> <path>",
  group: "Backups",
  summary: "write one file of a snapshot to standard output",
  arguments: [
    "the start of a snapshot's id, a name, latest or a time",
    "absolute, or relative to the state directory",
  ],
  flags: [...flag.SELECT_FLAGS, ...flag.PASSWORD_FLAGS],
  examples: [
    ["cat latest workspace/MEMORY.md", "as it was in the newest snapshot"],
    ["cat 'yesterday 18:00' openclaw.json", "as it was then"],
  ],
  run: async ({ app, output }, [selector = "latest", path = ""], flags) => {
    if (output.options.json) {
      throw new BackupError("invalid-argument", "cat writes the bytes of a file, not JSON", {
        hint: "leave --json out",
      });
    }
    const { catFile } = await import("../../app/index.ts");
    for await (const piece of catFile(app, selector, path, flag.selection(flags))) {
      await output.writeBytes(piece);
    }
    return 0;
  },
};
