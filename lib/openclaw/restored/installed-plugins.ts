import type { Path } from "../../filesystem/index.ts";
import { queryDatabase } from "../../sqlite/index.ts";
import { isConfigObject, parseConfigText, textAt, valueAt } from "../config/index.ts";

/** A plugin that OpenClaw recorded as installed into a directory that backups leave out. */
export interface InstalledPlugin {
  readonly name: string;
  readonly version: string;
  /** What `openclaw plugins install` takes to bring it back; undefined when it is not known. */
  readonly spec: string | undefined;
}

/** The directories below a state directory whose content is not captured. */
const LEFT_OUT = /\/(npm|git|dev)\//;
const MAX_PLUGINS = 500;

/**
 * The plugins that a restored installation misses, from the records in its global database; also when nothing is left of the
 * directory they were in. None when there are no such records.
 *
 * @param globalDatabase - A copy that nobody else writes.
 */
export function pluginsToReinstall(globalDatabase: Path): readonly InstalledPlugin[] {
  const records = valueAt(readIndex(globalDatabase), ["index", "installRecords"]);
  if (!isConfigObject(records)) return [];
  return Object.entries(records)
    .filter(([, record]) => LEFT_OUT.test(textAt(record, ["installPath"]) ?? ""))
    .slice(0, MAX_PLUGINS)
    .map(([id, record]) => ({
      name: textAt(record, ["resolvedName"]) ?? id,
      version: textAt(record, ["resolvedVersion"]) ?? textAt(record, ["version"]) ?? "unknown",
      spec: textAt(record, ["resolvedSpec"]) ?? textAt(record, ["spec"]),
    }));
}

function readIndex(globalDatabase: Path): unknown {
  try {
    const [row] = queryDatabase(
      globalDatabase,
      "SELECT value_json FROM config_machine_state WHERE state_key = 'plugins.installedIndex'",
    );
    return parseConfigText(String(row?.value_json ?? "null"));
  } catch {
    // A version without such records, or a database that is reported elsewhere.
    return undefined;
  }
}
