import type { VerifyReport } from "../../app/index.ts";
import { count, escapeText, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { limitLines } from "../format.ts";

export const verify: CommandDefinition = {
  usage: "verify <backup>",
  group: "Everyday",
  summary: "read a backup back and check everything in it",
  description:
    "Downloads a whole archive once, compares its bytes with the recorded SHA-256 and every file with the file list; of a\n" +
    "snapshot, decrypts every piece and compares it with its hash. Opens every database. A sound backup is marked as verified, for every machine to see.",
  arguments: ["an id, the start of one, a name, latest, a time, or an archive file"],
  flags: [...flag.ARCHIVE_FLAGS],
  examples: [
    ["verify latest", "the newest full backup"],
    ["verify ./agent.tar.gz", "an archive file, also one made by openclaw backup or tar"],
  ],
  run: async ({ app, output }, [selector = "latest"], flags) => {
    const { verifyBackup } = await import("../../app/index.ts");
    const report = await verifyBackup(app, selector, flag.archiveSelection(flags));
    output.result(report, () => format(report));
    return report.ok ? 0 : 1;
  },
};

function format(report: VerifyReport): string {
  const { files, bytes, databases } = report.checked;
  const checked = `${count(files, "file")}, ${count(databases, "database")}, ${formatSize(bytes)} checked`;
  if (report.ok) return `sound: ${checked}`;
  const lines = report.findings.map(({ code, message }) => `${code}: ${escapeText(message)}`);
  return [
    ...limitLines(lines, 50, "… and %d more; --json lists all"),
    `NOT sound: ${count(lines.length, "finding")}; ${checked}`,
  ].join("\n");
}
