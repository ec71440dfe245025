import { BackupError } from "../../base/index.ts";
import type { FileType, Path } from "../../filesystem/index.ts";
import type { BackupClass, Installation, Regenerable } from "../types.ts";

/** To which class a path of the installation belongs. Pure and quick. */
export function classify(
  _installation: Installation,
  _path: Path,
  _isDatabase: boolean,
): BackupClass {
  throw new BackupError("internal", "being written");
}

/** The rule by which a path can be made again and is not captured; for a directory, everything below it too. Pure and quick. */
export function regenerableRule(
  _installation: Installation,
  _path: Path,
  _type: FileType,
): Regenerable | undefined {
  throw new BackupError("internal", "being written");
}

/** What lies in the regenerable directories that a person must bring back by hand after a restore. */
export interface RegenerableReport {
  /** Plugins that npm installed; none of their code is in a backup. */
  readonly plugins: readonly {
    readonly name: string;
    readonly version: string;
    readonly path: Path;
  }[];
  /** Git checkouts below `git/` and `dev/`; not captured, and may hold work of the user's own. */
  readonly checkouts: readonly { readonly path: Path; readonly detail: string }[];
}

/** Reads what {@link regenerableRule} leaves out and a reader of the backup's report must know. Never fails. */
export function reportRegenerable(_installation: Installation): Promise<RegenerableReport> {
  throw new BackupError("internal", "being written");
}

/** Statements that clear ephemeral rows in the copy of one of OpenClaw's own databases; none for any other. Pure. */
export function databaseCleanup(_path: Path, _installation: Installation): readonly string[] {
  throw new BackupError("internal", "being written");
}

export interface RequiredSchema {
  readonly role: "global" | "agent";
  /** SQLite's `user_version`, to be compared with the program's `schemaVersions`. */
  readonly userVersion: number;
}

/** What one of OpenClaw's own databases (a copy, not a live one) asks of the program; undefined when it is no such database. */
export function requiredSchema(_databasePath: Path): Promise<RequiredSchema | undefined> {
  throw new BackupError("internal", "being written");
}
