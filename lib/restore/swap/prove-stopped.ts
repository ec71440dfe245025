import { BackupError, quote } from "../../base/index.ts";
import { type Path, walk } from "../../filesystem/index.ts";
import { findGateway, gatewayStopCommand, type Installation } from "../../openclaw/index.ts";
import { provesUnused } from "../../sqlite/index.ts";
import { isOwnName, type Place } from "../layout/index.ts";
import { isLiveDatabase } from "../scope/index.ts";

/** @throws BackupError `gateway-running`, with the command to stop it as hint */
export async function assertGatewayStopped(installation: Installation): Promise<void> {
  const gateway = await findGateway(installation);
  if (gateway.status === "stopped") return;
  const { pid, detail } = gateway;
  throw new BackupError("gateway-running", `a Gateway uses the state directory: ${detail}`, {
    details: { pid },
    hint: `${gatewayStopCommand(gateway)}; nothing was changed`,
  });
}

/** A directory of ours on the filesystem of a database, in which the proof may leave a trace for a moment. */
export type ScratchFor = (database: Path) => Path | undefined;

/**
 * Refuses to move databases that anything has open: each must open in exclusive locking mode.
 * @throws BackupError `gateway-running`
 */
export function assertUnused(databases: Iterable<Path>, scratchFor?: ScratchFor): void {
  for (const path of databases) {
    if (isUnused(path, scratchFor?.(path))) continue;
    throw new BackupError("gateway-running", `database ${quote(path)} is in use`, {
      details: { path },
      hint: "stop the Gateway (openclaw gateway stop) and every other openclaw process; nothing was changed",
    });
  }
}

/** The live databases in trees that are about to be moved as a whole. */
export function* databasesIn(places: readonly Place[]): Generator<Path> {
  for (const { live, mounts, stat } of places) {
    if (stat === undefined) continue;
    const isForeign = new Set(mounts);
    const entries = walk(live, {
      filter: ({ path, relativePath }) => !isForeign.has(path) && !isOwnName(relativePath),
    });
    for (const entry of entries) if (isLiveDatabase(entry)) yield entry.path;
  }
}

/** One that cannot be opened at all proves nothing; a restore may be what it waits for. */
function isUnused(path: Path, scratch: Path | undefined): boolean {
  try {
    return provesUnused(path, scratch);
  } catch {
    return true;
  }
}
