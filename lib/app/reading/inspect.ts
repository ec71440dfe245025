import { type FileListEntry, type Omission, parseFileList } from "../../archive/index.ts";
import { type Backup, type BackupKind, type BackupList, openCatalog } from "../../catalog/index.ts";
import { openDirectoryStorage } from "../../storage/index.ts";
import {
  type OpenAppCatalogOptions,
  openAppCatalog,
  type SelectOptions,
  selectBackup,
} from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { NO_KEYS } from "../passwords.ts";
import { readThrough } from "./read-through.ts";
import { type SnapshotFile, showSnapshot } from "./show-snapshot.ts";
import { backupSource, looksLikeFile, type OpenedSource, openSource } from "./sources.ts";

const MAX_LIST_BYTES = 2 * 1024 * 1024 * 1024;

export interface ListOptions {
  readonly instance?: string | undefined;
  readonly storage?: string | undefined;
  readonly kinds?: readonly BackupKind[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly session?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly limit?: number | undefined;
  /** Absolute; looks there instead of in the storages, and for every instance unless one is named. */
  readonly directory?: string | undefined;
}

/**
 * Lists backups, newest first.
 * @throws BackupError What a storage threw, when nothing was found and it could not be read: "no backups" would not be true.
 */
export async function listBackups(app: AppContext, options: ListOptions = {}): Promise<BackupList> {
  if (options.directory !== undefined) return await listDirectory(app, options.directory, options);
  const list = await readCatalog(app, { ...options, mayAsk: true });
  const [first, ...others] = list.problems;
  if (list.backups.length > 0 || list.unread.length === 0 || first === undefined) return list;
  for (const { storage, error } of others) {
    const text = `storage ${storage}: ${error.message}`;
    app.onProgress?.({ type: "message", level: "warning", text });
  }
  throw first.error;
}

/** The same, whatever could not be read. Asks for no password, unless it is said that it may. */
export async function readCatalog(
  app: AppContext,
  options: ListOptions & Pick<OpenAppCatalogOptions, "mayAsk" | "except"> = {},
): Promise<BackupList> {
  const { mayAsk, except, directory: _, storage, ...filter } = options;
  const { instance = app.settings.instance } = options;
  const catalog = await openAppCatalog(app, storage, { withSnapshots: true, mayAsk, except });
  return await catalog.list({ ...filter, instance, signal: app.signal });
}

/** Lists what lies in a directory that is no configured storage, such as where `openclaw backup create` writes. */
async function listDirectory(
  app: AppContext,
  path: string,
  { instance = "all", kinds, directory: _, storage: _storage, ...filter }: ListOptions,
): Promise<BackupList> {
  await using storage = await openDirectoryStorage({ path });
  const catalog = openCatalog({ storages: [{ id: path, storage }], clock: app.clock });
  // Kinds that are named are looked for under any name, not only under those that openclaw gives by itself.
  const wanted = kinds ?? (["archive", "snapshot", "native"] as const);
  return await catalog.list({ ...filter, instance, kinds: wanted, signal: app.signal });
}

export interface ArchiveListing {
  readonly backup: Backup | null;
  /** Those of a snapshot have absolute paths, and no hash and class. */
  readonly files: readonly (FileListEntry | SnapshotFile)[];
  readonly omissions: readonly Omission[];
  /** What the archive says of itself, where it had to be read because nothing beside it tells. */
  readonly archive?: ArchiveFacts | undefined;
}

export interface ArchiveFacts {
  /** Where it is, for a reader. */
  readonly source: string;
  /** Who made it: Clawback, `openclaw backup create`, or somebody with `tar`. */
  readonly madeBy: "clawback" | "openclaw" | "tar";
  readonly createdAt: string | undefined;
  readonly openclawVersion: string | undefined;
  readonly storedBytes: number | undefined;
  readonly encrypted: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly databases: number;
}

/** Facts of one backup, its files as recorded, and what it left out. An archive without a list beside it is read to its end. */
export async function showBackup(
  app: AppContext,
  selector: string,
  options: SelectOptions & { readonly keyFiles?: readonly string[] | undefined } = {},
): Promise<ArchiveListing> {
  const selected = looksLikeFile(selector)
    ? undefined
    : await selectBackup(app, selector, { ...options, withSnapshots: true });
  if (selected?.backup.kind === "snapshot") {
    return { backup: selected.backup, ...(await showSnapshot(app, selected)) };
  }
  const opened =
    selected === undefined
      ? await openSource(app, selector, options)
      : await backupSource(app, selected, options.keyFiles);
  const backup = opened.source.backup ?? null;
  const stored = await opened.storedList();
  if (stored === undefined) return { backup, ...(await showArchive(app, opened)) };
  const list = parseFileList(stored, { maxBytes: MAX_LIST_BYTES });
  return { backup, files: list.entries, omissions: list.omissions };
}

async function showArchive(
  app: AppContext,
  opened: OpenedSource,
): Promise<Omit<ArchiveListing, "backup">> {
  const { contents, entries, databases } = await readThrough(app, opened);
  const { kind, createdAt, runtimeVersion, fileList } = contents;
  const { source, keys } = opened;
  const files = entries.filter(({ type }) => type === "file" || type === "hardlink");
  const archive: ArchiveFacts = {
    source: source.label,
    madeBy: kind === "plain" ? "tar" : kind,
    createdAt,
    openclawVersion: runtimeVersion,
    storedBytes: source.sizeBytes,
    encrypted: keys !== NO_KEYS,
    files: files.length,
    bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    databases,
  };
  return { files: entries, omissions: fileList?.omissions ?? [], archive };
}
