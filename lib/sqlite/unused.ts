import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fsPath, type Path, realPath, removeTree, statPath } from "../filesystem/index.ts";
import { Connection } from "./connection.ts";
import { databaseError, isBusy, isDamage, translate } from "./problems.ts";

const LINK = "database";

/**
 * Whether nobody has this database open, on this machine at least: it can be locked exclusively, for a moment. Whoever has it open in
 * write-ahead mode prevents that, also from another container; in rollback mode only who is reading or writing just now does.
 *
 * Nothing is written to the database, its log or its directory: it is opened under another name, a hard link beside which SQLite finds
 * no log. (Under its own name, closing it would write the log back into it.) What is missing, or is no database, nobody can use.
 *
 * @param scratch - A directory on the database's filesystem where the link may be made. @default the temporary directory,
 *   and where that is on another filesystem the database's own directory
 * @throws BackupError `source-unreadable` when it cannot be told, as on a filesystem without hard links.
 */
export function provesUnused(path: Path, scratch?: Path): boolean {
  const real = realPath(path);
  if (real === undefined || statPath(real)?.type !== "file") return true;
  const directory = linkInPrivate(
    real,
    scratch === undefined ? [tmpdir(), dirname(real)] : [scratch],
  );
  try {
    using connection = new Connection(join(directory, LINK), { timeout: 0 });
    connection.value("PRAGMA locking_mode=EXCLUSIVE");
    connection.database.exec("BEGIN EXCLUSIVE");
    connection.database.exec("ROLLBACK");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    if (isDamage(error)) return true;
    throw translate(path, error);
  } finally {
    removeTree(directory);
  }
}

/** Makes a private directory with a hard link to the database in the first place that allows it. */
function linkInPrivate(path: Path, places: readonly Path[]): Path {
  let cause: unknown;
  for (const place of places) {
    try {
      return makeLink(path, place);
    } catch (error) {
      cause = error;
    }
  }
  const detail = "whether it is in use cannot be told without a hard link to it";
  throw databaseError(path, "unreadable", { cause, detail });
}

function makeLink(path: Path, place: Path): Path {
  const directory = join(place, `.clawback-unused-${randomBytes(8).toString("hex")}`);
  mkdirSync(fsPath(directory), { mode: 0o700 });
  try {
    linkSync(fsPath(path), fsPath(join(directory, LINK)));
    return directory;
  } catch (error) {
    removeTree(directory);
    throw error;
  }
}
