import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatTest } from "../views/index.ts";

export const test: CommandDefinition = {
  usage: "test",
  group: "Storage",
  summary: "try the settings, a storage, its KMS key, and a small backup and restore",
  description:
    "Six checks: the configuration is valid, the storage can be reached and used, the KMS key is usable, a small encrypted backup is made, " +
    "listed and found, restored and compared. Writes below probe/ only, removes what it wrote, and says what to do about each failure.",
  flags: [flag.STORAGE_FLAG],
  examples: [["test --storage s3", "before relying on it"]],
  run: async ({ app, output }, _args, flags) => {
    const { testStorage } = await import("../../app/index.ts");
    const report = await testStorage(app, flag.text(flags, "storage"));
    output.result(report, () => formatTest(report, output));
    return report.ok ? 0 : 1;
  },
};
