import type { Path } from "../../filesystem/index.ts";
import { databaseOfSidecar } from "../scope/index.ts";

/** Where what a line of the list tells of is unpacked, by the backup's own paths; undefined for what is no part of the installation. */
export function restoredPathOf(listPath: string): Path | undefined {
  if (listPath.startsWith("payload/posix/")) return listPath.slice("payload/posix".length);
  if (!listPath.startsWith("clawback/damaged/")) return undefined;
  return damagedPath(listPath.slice("clawback/damaged".length));
}

/** The raw bytes of a damaged database are brought back beside its place, named so that SQLite's recovery finds the log with them. */
export function damagedPath(path: Path): Path {
  const database = databaseOfSidecar(path);
  return database === undefined
    ? `${path}.damaged`
    : `${database}.damaged${path.slice(database.length)}`;
}
