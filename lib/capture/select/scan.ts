import { type WalkedEntry, type WalkProblem, walk } from "../../filesystem/index.ts";
import type { SourceRoot } from "../../openclaw/index.ts";
import type { CaptureNote, CaptureOptions, Omission } from "../types.ts";
import { createOwnPaths } from "./own-paths.ts";
import { createSelection, type Selection, type Verdict } from "./selection.ts";

/** Something met on the way. */
export interface Scanned {
  readonly root: SourceRoot;
  readonly selection: Selection;
  readonly entry: WalkedEntry;
  readonly verdict: Verdict;
  /** A directory on another device, which is taken without what it holds. */
  readonly isForeignDevice: boolean;
}

export interface ScanEvents {
  readonly onNote: (note: CaptureNote) => void;
  readonly onOmission: (omission: Omission) => void;
}

/**
 * Walks every root in turn and judges each entry; one that stays out is given too, but what lies below it only when the verdict
 * says `enter`. Synchronous, and never more in memory than the names in the directories on the way.
 */
export function* scan(options: CaptureOptions, events: ScanEvents): Generator<Scanned> {
  const ownPaths = createOwnPaths([...options.ownPaths, options.temporaryDirectory]);
  for (const root of options.installation.roots) {
    yield* scanRoot(root, createSelection(options, root.path, ownPaths), options, events);
  }
}

function* scanRoot(
  root: SourceRoot,
  selection: Selection,
  options: CaptureOptions,
  events: ScanEvents,
): Generator<Scanned> {
  const { oneFileSystem } = options.rules;
  const closed: Scanned[] = [];
  let device: bigint | undefined;
  let current: Scanned | undefined;
  const filter = (entry: WalkedEntry): boolean => {
    const { type, dev } = entry.stat;
    device ??= dev;
    const verdict = selection.judge(entry);
    const isForeignDevice = oneFileSystem && type === "dir" && dev !== device;
    current = { root, selection, entry, verdict, isForeignDevice };
    const isClosed = type === "dir" && verdict.type === "leave" && !verdict.enter;
    if (isClosed) closed.push(current);
    return !isClosed;
  };
  const onProblem = (problem: WalkProblem): void => reportProblem(problem, events);
  for (const _ of walk(root.path, { filter, onProblem, oneFileSystem })) {
    yield* closed.splice(0);
    if (current !== undefined) yield current;
  }
  yield* closed;
}

function reportProblem({ path, problem, systemCode }: WalkProblem, events: ScanEvents): void {
  if (problem === "vanished") {
    events.onNote({ path, note: "vanished", detail: "it was gone before it could be looked at" });
  } else {
    events.onOmission({
      path,
      reason: "unreadable",
      detail: `cannot be looked at (${systemCode})`,
    });
  }
}
