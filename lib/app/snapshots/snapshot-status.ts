import type { Backup } from "../../catalog/index.ts";
import type { AppContext } from "../context.ts";
import { listBackups } from "../reading/index.ts";
import { repositoryStorage } from "../repositories/index.ts";
import type { OpenStorage } from "../storages.ts";

/** What the snapshots of an instance take, and what they would take without deduplication and compression. */
export interface SnapshotTotals {
  readonly snapshots: number;
  /** Of everything in the repository. */
  readonly storedBytes: number;
  /** What all snapshots have captured together. */
  readonly capturedBytes: number;
  /** Captured by stored; null where nothing is stored. */
  readonly deduplicationRatio: number | null;
}

export interface SnapshotStatus extends SnapshotTotals {
  readonly instance: string;
  /** Sessions of the agent that snapshots were taken for. */
  readonly sessions: number;
  /** When the oldest and the newest were taken. */
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly storages: readonly (SnapshotTotals & { readonly id: string })[];
  readonly problems: readonly { readonly storage: string; readonly message: string }[];
}

export interface SnapshotStatusOptions {
  readonly storage?: string | undefined;
  readonly instance?: string | undefined;
}

/** How many snapshots there are of an instance, of how many sessions, and what they cost. Reads only. */
export async function readSnapshotStatus(
  app: AppContext,
  options: SnapshotStatusOptions = {},
): Promise<SnapshotStatus> {
  const instance = options.instance ?? app.settings.instance;
  const { backups, problems } = await listBackups(app, { ...options, kinds: ["snapshot"] });
  const storages: (SnapshotTotals & { id: string })[] = [];
  for (const [id, own] of Map.groupBy(backups, ({ storage }) => storage)) {
    const storedBytes = await repositoryBytes(app, await app.storages.open(id), own);
    storages.push({ id, ...totalsOf(own, storedBytes) });
  }
  const storedBytes = storages.reduce((sum, each) => sum + each.storedBytes, 0);
  const sessions = new Set(backups.flatMap(({ session }) => session ?? []));
  return {
    instance,
    sessions: sessions.size,
    ...totalsOf(backups, storedBytes),
    oldest: backups.at(-1)?.createdAt ?? null,
    newest: backups[0]?.createdAt ?? null,
    storages,
    problems: problems.map(({ storage, error }) => ({ storage, message: error.message })),
  };
}

function totalsOf(backups: readonly Backup[], storedBytes: number): SnapshotTotals {
  const capturedBytes = backups.reduce((sum, { bytes }) => sum + bytes, 0);
  const deduplicationRatio = storedBytes === 0 ? null : capturedBytes / storedBytes;
  return { snapshots: backups.length, storedBytes, capturedBytes, deduplicationRatio };
}

/** Everything in the repositories that these snapshots lie in, from listings alone. */
async function repositoryBytes(
  { signal }: AppContext,
  place: OpenStorage,
  snapshots: readonly Backup[],
): Promise<number> {
  let bytes = 0;
  for (const instance of new Set(snapshots.map((each) => each.instance))) {
    const objects = repositoryStorage(place, instance).list("", { signal });
    for await (const { sizeBytes } of objects) bytes += sizeBytes;
  }
  return bytes;
}
