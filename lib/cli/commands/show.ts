import type { ArchiveFacts, ArchiveListing, Backup } from "../../app/index.ts";
import {
  BackupError,
  count,
  escapeText,
  formatDuration,
  formatSize,
  quote,
} from "../../base/index.ts";
import type { CommandDefinition } from "../command.ts";
import * as flag from "../flags.ts";
import { formatMode, formatTally, formatTime } from "../format.ts";
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
    const files = path === undefined ? listing.files : filesBelow(listing.files, path);
    const isListed = path !== undefined || flag.isSet(flags, "files");
    output.result({ ...listing, files }, () => format({ ...listing, files }, isListed));
    return 0;
  },
};

function filesBelow(files: ArchiveListing["files"], path: string): ArchiveListing["files"] {
  const found = files.filter((file) => isBelow(file.path, path));
  if (found.length > 0) return found;
  throw new BackupError("path-not-found", `nothing in this backup is at or below ${quote(path)}`, {
    hint: "list everything in it with: clawback show ID --files",
  });
}

/** Whether an archive path ends with, or passes through, the wanted path. */
function isBelow(archivePath: string, wanted: string): boolean {
  const inner = `/${wanted.replaceAll(/^\/+|\/+$/g, "")}/`;
  return `/${archivePath}/`.includes(inner);
}

function format(listing: ArchiveListing, isListed: boolean): string {
  const files = listing.files.map((file) => {
    const size = file.type === "file" ? formatSize(file.sizeBytes) : file.type;
    const target = file.target === undefined ? "" : ` -> ${escapeText(file.target)}`;
    return `${formatMode(file.mode)}  ${size.padStart(9)}  ${formatTime(file.mtime)}  ${escapeText(file.path)}${target}`;
  });
  const { backup, archive } = listing;
  const facts = archive === undefined ? backup && formatFacts(backup) : archiveFacts(archive);
  return [
    ...(facts ?? []).map(([title, value]) => `${`${title}:`.padEnd(11)}${value}`),
    ...formatOmissions(listing.omissions),
    ...(isListed ? ["", ...files] : []),
  ].join("\n");
}

type Row = readonly [title: string, value: string];

const MAKERS: Readonly<Record<ArchiveFacts["madeBy"], string>> = {
  clawback: "Clawback",
  openclaw: "openclaw backup",
  tar: "tar",
};

/** What an archive tells that nobody keeps a record of. */
function archiveFacts(archive: ArchiveFacts): Row[] {
  const { createdAt, storedBytes, openclawVersion } = archive;
  return [
    ["Archive", escapeText(archive.source)],
    ["Made by", MAKERS[archive.madeBy]],
    ...(createdAt === undefined ? [] : [["Made", formatTime(createdAt)] as const]),
    ["Holds", `${formatTally(archive)}, ${count(archive.databases, "database")}`],
    ...(storedBytes === undefined ? [] : [["Stored", formatSize(storedBytes)] as const]),
    ["Encrypted", archive.encrypted ? "yes, OpenPGP" : "no"],
    ...(openclawVersion === undefined ? [] : [["OpenClaw", escapeText(openclawVersion)] as const]),
  ];
}

function encryptionOf({ kind, encrypted }: Backup): string {
  if (kind === "snapshot") return "yes, by the repository";
  return encrypted ? "yes, OpenPGP" : "no";
}

function formatFacts(backup: Backup): Row[] {
  return [
    ["Backup", backup.id],
    ...(backup.name === null ? [] : [["Name", escapeText(backup.name)] as const]),
    ["Kind", backup.kind],
    ["Instance", `${backup.instance} on ${escapeText(backup.host)}`],
    ["Made", `${formatTime(backup.createdAt)}, in ${formatDuration(backup.durationMs)}`],
    ["Scope", backup.scope.full ? "full" : `partial: ${backup.scope.classes.join(", ")}`],
    ["Holds", `${formatTally(backup)}, ${count(backup.databases, "database")}`],
    [
      "Stored",
      `${formatSize(backup.storedBytes)} in ${backup.storage}: ${escapeText(backup.objectKey)}`,
    ],
    ...(backup.kind === "snapshot" ? [] : [["SHA-256", backup.sha256 ?? "not recorded"] as const]),
    ["Encrypted", encryptionOf(backup)],
    ["Omissions", String(backup.omissions)],
    ["OpenClaw", backup.openclawVersion],
    ["Verified", backup.verifiedAt === undefined ? "never" : formatTime(backup.verifiedAt)],
    ...(backup.tags.length === 0
      ? []
      : [["Tags", backup.tags.map(escapeText).join(", ")] as const]),
    ...(backup.held ? [["Held", "yes: retention and delete leave it alone"] as const] : []),
    ...(backup.degraded
      ? [["DEGRADED", "a database that OpenClaw cannot live without is missing"] as const]
      : []),
  ];
}
