import type { Backup } from "../catalog/index.ts";
import { listPreRestore } from "../restore/index.ts";
import type { AppContext } from "./context.ts";
import { listBackups } from "./inspect.ts";
import { targetStateDir } from "./restore.ts";

export interface StorageStatus {
  readonly id: string;
  readonly location: string;
  readonly backups: number;
  readonly storedBytes: number;
  readonly newest?: Backup | undefined;
  /** Why it could not be read. */
  readonly problem?: string | undefined;
}

export interface StatusReport {
  readonly instance: string;
  readonly home: string;
  readonly storages: readonly StorageStatus[];
  readonly newest?: Backup | undefined;
  readonly newestVerified?: Backup | undefined;
  readonly preRestore: readonly { readonly path: string; readonly bytes: number }[];
  readonly warnings: readonly string[];
}

/** How old the newest and the newest verified backup are, where they lie, and what needs care. Reads only. */
export async function readStatus(app: AppContext): Promise<StatusReport> {
  const { settings } = app;
  const { backups, problems } = await listBackups(app);
  const problemOf = new Map(problems.map(({ storage, error }) => [storage, error.message]));
  const { opened, problems: unopened } = await app.storages.openAll();
  const storages = opened.map(({ id, storage }): StorageStatus => {
    const own = backups.filter((backup) => backup.storage === id);
    const storedBytes = own.reduce((sum, backup) => sum + backup.storedBytes, 0);
    const facts = { id, location: storage.location, backups: own.length, storedBytes };
    return { ...facts, newest: own[0], problem: problemOf.get(id) };
  });
  for (const { storage: id, error } of unopened) {
    storages.push({ id, location: "", backups: 0, storedBytes: 0, problem: error.message });
  }
  const preRestore = listPreRestore({
    home: settings.home,
    stateDir: await targetStateDir(app),
    measure: true,
  });
  return {
    instance: settings.instance,
    home: settings.home,
    storages,
    newest: backups[0],
    newestVerified: backups.find((backup) => backup.verifiedAt !== undefined),
    preRestore: preRestore.map((state) => ({
      path: state.paths.join(", "),
      bytes: state.sizeBytes ?? 0,
    })),
    warnings: warnings(app, backups),
  };
}

function warnings(app: AppContext, backups: readonly Backup[]): string[] {
  const { storages, isConfigured } = app.settings;
  if (storages.length === 0) {
    const first = isConfigured ? "clawback storage add" : "clawback init";
    return [`no storage is configured, so nothing is backed up: begin with ${first}`];
  }
  const found: string[] = [];
  const readable = storages.filter((entry) => entry.type === "s3" && entry.plaintext);
  for (const entry of readable)
    found.push(`storage ${entry.id} may hold archives without encryption (--plaintext)`);
  if (storages.every((entry) => entry.type === "directory")) {
    found.push(
      "every storage is a directory: backups on this disk are lost with it; see clawback storage add",
    );
  }
  if (backups[0]?.degraded === true) found.push(`the newest backup, ${backups[0].id}, is degraded`);
  return found;
}
