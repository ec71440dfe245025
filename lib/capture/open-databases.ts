import type { FileStat } from "../filesystem/index.ts";

/**
 * Databases that captures of this process have open in SQLite at this moment, by device and inode.
 *
 * Closing any descriptor of a file drops all POSIX locks this process has on it, SQLite's among them. Two captures in one process
 * therefore tell each other here what must not be opened as a file; that it is a database is then known without looking.
 */
const openDatabases = new Map<string, number>();

type Identity = Pick<FileStat, "dev" | "ino">;

export function isOpenDatabase(stat: Identity): boolean {
  return openDatabases.size > 0 && openDatabases.has(keyOf(stat));
}

/** Marks a database as open while `work` runs. */
export async function withOpenDatabase<T>(stat: Identity, work: () => Promise<T>): Promise<T> {
  const key = keyOf(stat);
  openDatabases.set(key, (openDatabases.get(key) ?? 0) + 1);
  try {
    return await work();
  } finally {
    const left = (openDatabases.get(key) ?? 1) - 1;
    if (left === 0) openDatabases.delete(key);
    else openDatabases.set(key, left);
  }
}

function keyOf({ dev, ino }: Identity): string {
  return `${dev}:${ino}`;
}
