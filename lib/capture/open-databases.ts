import type { FileStat } from "../filesystem/index.ts";

/**
 * Databases that captures of this process have open in SQLite at this moment, by device and inode.
 *
 * Closing any descriptor of a file drops all POSIX locks this process has on it, SQLite's among them. Two captures in one process
 * therefore tell each other here what must not be opened as a file; that it is a database is then known without looking. And
 * they take turns, because a database must not be captured twice at the same time.
 */
const openDatabases = new Map<string, Promise<unknown>>();

type Identity = Pick<FileStat, "dev" | "ino">;

export function isOpenDatabase(stat: Identity): boolean {
  return openDatabases.size > 0 && openDatabases.has(keyOf(stat));
}

/** Runs `work` with a database marked as open, after whoever has it open now. */
export async function withOpenDatabase<T>(stat: Identity, work: () => Promise<T>): Promise<T> {
  const key = keyOf(stat);
  const before = openDatabases.get(key) ?? Promise.resolve();
  const own = before.then(work);
  const settled = own.catch(() => undefined);
  openDatabases.set(key, settled);
  try {
    return await own;
  } finally {
    if (openDatabases.get(key) === settled) openDatabases.delete(key);
  }
}

function keyOf({ dev, ino }: Identity): string {
  return `${dev}:${ino}`;
}
