import { classify } from "../../openclaw/index.ts";
import type { CaptureRun } from "../run.ts";
import type { Scanned } from "../select/index.ts";
import type { CaptureEntry } from "../types.ts";
import { factsOf } from "./facts.ts";
import { fileEntry } from "./files.ts";
import { symlinkEntry } from "./links.ts";

/** One entry, none, or a function that gives the entries because it takes waiting. */
export type Entries = CaptureEntry | undefined | (() => AsyncIterable<CaptureEntry>);

/** What to store for something that the selection takes. */
export function entriesFor(run: CaptureRun, scanned: Scanned): Entries {
  const { entry, verdict } = scanned;
  if (verdict.type === "take" && verdict.overruled !== undefined) noteOverruled(run, scanned);
  noteOddName(run, scanned);
  switch (entry.stat.type) {
    case "dir":
      return dirEntry(run, scanned);
    case "file":
      return fileEntry(run, scanned);
    case "symlink":
      return symlinkEntry(run, scanned);
    default:
      reportSpecial(run, scanned);
      return undefined;
  }
}

/** A directory may stand although its own class is not in scope, because something in it is. */
export function dirEntry(run: CaptureRun, { entry }: Scanned): CaptureEntry {
  const inClass = classify(run.options.installation, entry.path, false);
  return { ...factsOf(entry.path, entry.stat, inClass), type: "dir" };
}

/**
 * Sockets and fifos hold nothing and are made anew by the program that uses them: a note. A device was put there by a person, and
 * the restored tree will lack it: an omission.
 */
function reportSpecial(run: CaptureRun, { entry: { path, stat } }: Scanned): void {
  if (stat.type === "device") {
    run.ledger.omit({ path, reason: "special", detail: "devices cannot be stored" });
  } else {
    run.ledger.note({ path, note: "special", detail: `a ${stat.type} holds nothing to store` });
  }
}

const NOT_PORTABLE = /[\\\p{Surrogate}]|^[A-Za-z]:/u;

function noteOddName(run: CaptureRun, { entry: { path, name } }: Scanned): void {
  if (!NOT_PORTABLE.test(name)) return;
  const detail = "stored under an escaped name in archives; a restore gives it its own back";
  run.ledger.note({ path, note: "odd-name", detail });
}

function noteOverruled(run: CaptureRun, { entry: { path }, verdict }: Scanned): void {
  if (verdict.type !== "take" || verdict.overruled === undefined) return;
  const { rule } = verdict.overruled;
  const detail = `kept although the rule ${rule} matches: only --force-exclude leaves out a database or the config`;
  run.ledger.note({ path, note: "rule-overruled", detail });
}
