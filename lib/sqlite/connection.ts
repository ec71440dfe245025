import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { fsPath, type Path } from "../filesystem/index.ts";

export interface ConnectionOptions extends DatabaseSyncOptions {
  /**
   * Nobody writes the database while it is open, and it has neither log nor journal: SQLite takes no locks and makes no files.
   * @default false
   */
  readonly immutable?: boolean | undefined;
}

/** A connection that is closed at the end of the block, a transaction that is still open undone. */
export class Connection implements Disposable {
  readonly database: DatabaseSync;

  constructor(path: Path, { immutable = false, ...options }: ConnectionOptions) {
    this.database = new DatabaseSync(immutable ? immutableUrl(path) : plainPath(path), options);
  }

  /** The first value of the first row. */
  value(sql: string): unknown {
    const row = this.database.prepare(sql).get();
    return row === undefined ? undefined : Object.values(row)[0];
  }

  /** The same as a number; SQLite's own counts and sizes are far from what a double cannot hold. */
  count(sql: string): number {
    return Number(this.value(sql));
  }

  [Symbol.dispose](): void {
    if (this.database.isOpen) this.database.close();
  }
}

/** SQLite would take `file:…` and `:memory:` for something else; a path that says where it starts is only ever a path. */
export function plainPath(path: Path): string | Buffer {
  return fsPath(path.startsWith("/") ? path : `./${path}`);
}

function immutableUrl(path: Path): URL {
  const bytes = Buffer.from(fsPath(path));
  const escaped = bytes.toString("hex").replaceAll(/../g, "%$&").replaceAll("%2f", "/");
  return new URL(`file://${escaped}?immutable=1`);
}

/** What SQLite may keep beside a database. */
export const SIDECARS: readonly string[] = ["-wal", "-shm", "-journal"];
