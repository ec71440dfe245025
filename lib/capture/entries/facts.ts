import type { FileStat, Path } from "../../filesystem/index.ts";
import type { BackupClass } from "../../openclaw/index.ts";
import type { CaptureRun } from "../run.ts";
import type { CaptureEntry } from "../types.ts";

/** What every entry says of itself besides its kind. */
export function factsOf(
  path: Path,
  stat: FileStat,
  inClass: BackupClass,
): { path: Path; mode: number; mtimeNs: bigint; class: BackupClass; stat: FileStat } {
  return { path, mode: stat.mode, mtimeNs: stat.mtimeNs, class: inClass, stat };
}

/** Remembers a stored file that has other names, so that those become links to it. */
export function rememberLinked(run: CaptureRun, path: Path, stat: FileStat): void {
  if (stat.nlink > 1) run.linked.set(identityOf(stat), path);
}

/** The entry for another name of a file that was stored already. */
export function linkEntry(
  run: CaptureRun,
  path: Path,
  stat: FileStat,
  inClass: BackupClass | undefined,
): CaptureEntry | undefined {
  const target = stat.nlink > 1 ? run.linked.get(identityOf(stat)) : undefined;
  if (target === undefined || inClass === undefined) return undefined;
  return { ...factsOf(path, stat, inClass), type: "hardlink", target };
}

function identityOf({ dev, ino }: FileStat): string {
  return `${dev}:${ino}`;
}
