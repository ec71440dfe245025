import type { ArchiveListing, Backup } from "../../app/index.ts";
import { escapeText, formatDuration, formatSize } from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatMode, formatTime } from "../format.ts";
import { formatOmissions } from "../views/index.ts";

export const show: CommandDefinition = {
  usage: "show <backup> [path]",
  group: "Everyday",
  summary: "show one backup: its facts, files and omissions",
  arguments: [
    "an id, the start of one, a name, latest, latest~1, a time, or an archive file",
    "only files at or below this path",
  ],
  flags: [...flag.ARCHIVE_FLAGS, { flags: "--files", description: "list the files too" }],
  examples: [
    ["show latest", "facts and omissions of the newest full backup"],
    ["show latest workspace/notes", "its files below one directory"],
  ],
  run: async ({ app, output }, [selector = "latest", path], flags) => {
    const { showBackup } = await import("../../app/index.ts");
    const listing = await showBackup(app, selector, flag.archiveSelection(flags));
    const files =
      path === undefined
        ? listing.files
        : listing.files?.filter((file) => isBelow(file.path, path));
    const isListed = path !== undefined || flag.isSet(flags, "files");
    const shown = { ...listing, files: isListed || output.options.json ? files : undefined };
    output.result(
      {
        backup: shown.backup,
        ...(files === undefined ? {} : { files }),
        omissions: shown.omissions,
      },
      () => format(shown),
    );
    return 0;
  },
};

/** Whether an archive path ends with, or passes through, the wanted path. */
function isBelow(archivePath: string, wanted: string): boolean {
  const inner = `/${wanted.replaceAll(/^\/+|\/+$/g, "")}/`;
  return `/${archivePath}/`.includes(inner);
}

function format(listing: ArchiveListing): string {
  const facts = listing.backup === null ? [] : formatFacts(listing.backup);
  const files = listing.files?.map((file) => {
    const size = file.type === "file" ? formatSize(file.sizeBytes) : file.type;
    const target = file.target === undefined ? "" : ` -> ${escapeText(file.target)}`;
    return `${formatMode(file.mode)}  ${size.padStart(9)}  ${formatTime(file.mtime)}  ${escapeText(file.path)}${target}`;
  });
  return [
    ...facts,
    ...formatOmissions(listing.omissions),
    ...(files === undefined ? [] : ["", ...files]),
  ].join("\n");
}

function formatFacts(backup: Backup): string[] {
  const rows: [string, string][] = [
    ["Backup", backup.id],
    ...(backup.name === null ? [] : [["Name", escapeText(backup.name)] as [string, string]]),
    ["Kind", backup.kind],
    ["Instance", `${backup.instance} on ${escapeText(backup.host)}`],
    ["Made", `${formatTime(backup.createdAt)}, in ${formatDuration(backup.durationMs)}`],
    ["Scope", backup.scope.full ? "full" : `partial: ${backup.scope.classes.join(", ")}`],
    [
      "Holds",
      `${backup.files.toLocaleString("en-US")} files, ${formatSize(backup.bytes)}, ${backup.databases} databases`,
    ],
    [
      "Stored",
      `${formatSize(backup.storedBytes)} in ${backup.storage}: ${escapeText(backup.objectKey)}`,
    ],
    ["SHA-256", backup.sha256 ?? "not recorded"],
    ["Encrypted", backup.encrypted ? "yes, OpenPGP" : "no"],
    ["Omissions", String(backup.omissions)],
    ["OpenClaw", backup.openclawVersion],
    ["Verified", backup.verifiedAt === undefined ? "never" : formatTime(backup.verifiedAt)],
    ...(backup.tags.length === 0
      ? []
      : [["Tags", backup.tags.map(escapeText).join(", ")] as [string, string]]),
    ...(backup.held
      ? [["Held", "yes: retention and delete leave it alone"] as [string, string]]
      : []),
    ...(backup.degraded
      ? [
          ["DEGRADED", "a database that OpenClaw cannot live without is missing"] as [
            string,
            string,
          ],
        ]
      : []),
  ];
  return rows.map(([title, value]) => `${`${title}:`.padEnd(11)}${value}`);
}
