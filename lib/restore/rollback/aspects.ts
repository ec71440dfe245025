import {
  type FileStat,
  openSource,
  type Path,
  readLinkTarget,
  statPath,
} from "../../filesystem/index.ts";
import { identifyDatabase, isSameDatabase } from "../../sqlite/index.ts";
import { sidecarsOf } from "../scope/index.ts";
import type { SnapshotEntry } from "../types.ts";
import type { Scene } from "./scene.ts";
import type { Aspect } from "./types.ts";

/** The mode with which something of a snapshot is put in place: as a restore does it, without setuid and its kin. */
export function restoredMode({ type, mode }: Pick<SnapshotEntry, "type" | "mode">): number {
  return (mode & 0o777) | (type === "dir" ? 0o700 : 0o600);
}

export interface Compared {
  /** The snapshot's own path. */
  readonly path: Path;
  readonly entry: SnapshotEntry;
  readonly live: Path;
  readonly stat: FileStat;
}

/** In what something live, of the same type, differs from a directory, link or file of one name. */
export function aspectsOf(compared: Compared, scene: Scene): Aspect[] {
  const { path, entry, live, stat } = compared;
  const mode: Aspect[] = isSameMode(entry, stat) ? [] : ["mode"];
  if (entry.type === "dir") return mode;
  if (entry.type === "symlink") return readLinkTarget(live) === entry.target ? [] : ["target"];
  if (scene.databases.has(path)) return databaseAspects(compared, scene);
  const time: Aspect[] = isSameTime(entry.mtimeNs, stat.mtimeNs) ? [] : ["time"];
  if (entry.sizeBytes !== stat.sizeBytes) return ["content", ...mode, ...time];
  // An inode that has not changed since has the same content; equal sizes and times alone can be made.
  const mayLie = stat.ctimeNs >= scene.unchangedBeforeNs;
  const isSame = (time.length === 0 && !mayLie) || hasContent(entry, live, scene);
  return isSame ? [...mode, ...time] : ["content", ...mode, ...time];
}

/** A database is the same while nothing was committed to it since, and when its bytes are those of the snapshot's copy. */
function databaseAspects({ path, entry, live, stat }: Compared, scene: Scene): Aspect[] {
  const mode: Aspect[] = isSameMode(entry, stat) ? [] : ["mode"];
  const known = scene.databases.get(path);
  const now = identifyDatabase(live)?.text;
  const isKnown = known !== undefined && now !== undefined && isSameDatabase(known, now);
  if (isKnown && stat.mtimeNs < scene.unchangedBeforeNs) return mode;
  const isAlone = sidecarsOf(live).every(
    (sidecar) => sidecar.endsWith("-shm") || statPath(sidecar)?.sizeBytes === 0,
  );
  const isSame = isAlone && entry.sizeBytes === stat.sizeBytes && hasContent(entry, live, scene);
  return isSame ? mode : ["content", ...mode];
}

function hasContent(entry: SnapshotEntry, live: Path, { snapshot }: Scene): boolean {
  using file = openSource(live);
  return file !== undefined && snapshot.hasContent(entry, file);
}

function isSameMode(entry: SnapshotEntry, { mode }: FileStat): boolean {
  return mode === entry.mode || mode === restoredMode(entry);
}

/** To the microsecond, because Node cannot set times more finely. */
function isSameTime(a: bigint, b: bigint): boolean {
  return a / 1000n === b / 1000n;
}
