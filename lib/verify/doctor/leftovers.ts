import { posix } from "node:path";
import { count, DAY_MS, quote } from "../../base/index.ts";
import {
  abandonedPrivateDirectories,
  listDirectory,
  type Path,
  statPath,
} from "../../filesystem/index.ts";
import { findings } from "./finding.ts";
import type { DoctorFinding } from "./types.ts";

/** Files that a killed process was writing. */
const TEMPORARY = /^\.clawback-[0-9a-f]{16}\.(tmp|upload)$/;
const STAGE = /^\.openclaw\.stage-[0-9a-f]{8}$/;

export interface LeftoverPlaces {
  readonly home: Path;
  /** Where scratch directories are made. */
  readonly temporaryDirectory: Path;
  /** Parents of the directories that restores replace. */
  readonly besideLive: readonly Path[];
  /** A restore was interrupted, and is finished or undone by the next command: its stages are no leftovers. */
  readonly isRestorePending: boolean;
  readonly now: Date;
}

/** What killed processes have left: scratch directories, half-written files, stages of restores. */
export function checkLeftovers(places: LeftoverPlaces): DoctorFinding {
  const { home, temporaryDirectory, besideLive, isRestorePending, now } = places;
  const { ok, warning } = findings("leftovers");
  const scratch = attempt(() => abandonedPrivateDirectories(temporaryDirectory, now));
  const files = [home, temporaryDirectory].flatMap((path) => matching(path, TEMPORARY));
  const stages = isRestorePending ? [] : besideLive.flatMap((path) => matching(path, STAGE));
  const old = [...files, ...stages].filter((path) => isOld(path, now));
  const found = [...scratch, ...old];
  if (found.length === 0) return ok("nothing was left by killed processes");
  const shown = found.slice(0, 5).map(quote).join(", ");
  const by = old.length === 0 ? "the next command removes it" : `rm -r ${old.map(quote).join(" ")}`;
  return warning(`${count(found.length, "leftover")} of killed processes: ${shown}`, by);
}

/** A restore or rollback that was cut short. */
export function judgeJournal(isPending: boolean): DoctorFinding {
  const { ok, problem } = findings("unfinished-restore");
  if (!isPending) return ok("no restore was cut short");
  return problem(
    "a restore was cut short, and is neither finished nor undone",
    "run any other command, such as clawback status: it finishes or undoes it, and says so",
  );
}

function matching(directory: Path, pattern: RegExp): Path[] {
  return attempt(() => listDirectory(directory) ?? [])
    .filter((name) => pattern.test(name))
    .map((name) => posix.join(directory, name));
}

/** Younger ones may be in use. */
function isOld(path: Path, now: Date): boolean {
  const stat = statPath(path);
  return stat !== undefined && now.getTime() - Number(stat.mtimeNs / 1_000_000n) > DAY_MS;
}

function attempt(look: () => readonly Path[]): readonly Path[] {
  try {
    return look();
  } catch {
    return [];
  }
}
