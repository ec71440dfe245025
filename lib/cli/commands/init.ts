import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";

export const init: CommandDefinition = {
  usage: "init",
  group: "Setup and care",
  summary: "make a home with a directory storage, without asking anything",
  description:
    "Backups then lie in the home, readable by this user only and not encrypted. Add a storage elsewhere with clawback storage add.",
  withoutHome: true,
  flags: [
    {
      flags: "--instance <name>",
      description: "the name to keep backups under (default: the host name)",
    },
    {
      flags: "--path <dir>",
      description: "where to keep backups (default: in the home)",
      parse: flag.absolutePath,
    },
  ],
  examples: [["init", "then: clawback create"]],
  run: async ({ app, output }, _args, flags) => {
    const { initHome } = await import("../../app/index.ts");
    const made = await initHome(app, {
      instance: flag.text(flags, "instance"),
      path: flag.text(flags, "path"),
    });
    output.result(made, () =>
      made.created
        ? [
            `made ${made.home}: instance ${made.instance}, backups in ${made.storagePath}`,
            ...made.notes,
            "these archives are not encrypted: mode 0600 in this user's home, and lost with this disk",
            "next: clawback create",
          ].join("\n")
        : `${made.home} is there already (instance ${made.instance}); nothing was changed`,
    );
    return 0;
  },
};
