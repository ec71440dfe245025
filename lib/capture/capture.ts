import { isSameOrInside } from "../filesystem/index.ts";
import { dirEntry, entriesFor } from "./entries/index.ts";
import { noteInstallation } from "./installation-notes.ts";
import { type CaptureRun, createRun } from "./run.ts";
import { type Scanned, scan } from "./select/index.ts";
import type { Capture, CaptureEntry, CaptureOptions, CaptureReport } from "./types.ts";

/**
 * Opens a capture of an installation. Nothing is read before it is iterated; dispose it in every case.
 *
 * No single file stops it: what cannot be captured becomes an omission, in the stream and in the report. It rejects with
 * `cancelled`, with `source-unreadable` for a locked database under `onLocked: "fail"`, and with what the private directory's
 * filesystem answers (`home-unusable`, `path-not-found`).
 */
export function openCapture(options: CaptureOptions): Capture {
  return new RunningCapture(createRun(options));
}

class RunningCapture implements Capture {
  readonly #run: CaptureRun;
  readonly #entries: AsyncGenerator<CaptureEntry, void, undefined>;

  constructor(run: CaptureRun) {
    this.#run = run;
    this.#entries = entriesOf(run);
  }

  report(): CaptureReport {
    return this.#run.ledger.report();
  }

  [Symbol.asyncIterator](): AsyncGenerator<CaptureEntry, void, undefined> {
    return this.#entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#entries.return();
    await this.#run.copyAhead[Symbol.asyncDispose]();
    await this.#run.scratch[Symbol.asyncDispose]();
  }
}

async function* entriesOf(run: CaptureRun): AsyncGenerator<CaptureEntry, void, undefined> {
  await noteInstallation(run);
  run.copyAhead.begin();
  const { ledger, pace } = run;
  const pending: Scanned[] = [];
  for (const scanned of scan(run.options, { onNote: ledger.note, onOmission: ledger.omit })) {
    const turn = pace.step(scanned.entry.path);
    if (turn !== undefined) await turn;
    const entered = enter(run, scanned);
    if (entered !== undefined) await entered;
    yield* untold(run);
    if (!isTaken(scanned, pending)) continue;
    const entries = entriesFor(run, scanned);
    if (typeof entries === "function") yield* below(run, pending, entries());
    else if (entries !== undefined) {
      yield* parents(run, pending);
      yield entries;
    }
  }
  yield* untold(run);
  pace.tell();
}

function enter({ options }: CaptureRun, { entry }: Scanned): Promise<void> | undefined {
  return entry.stat.type === "dir" ? options.previous?.enter(entry.path) : undefined;
}

/** Keeps `pending` at the directories above this entry that are entered without being taken themselves. */
function isTaken(scanned: Scanned, pending: Scanned[]): boolean {
  const { entry, verdict } = scanned;
  for (let last = pending.at(-1); last !== undefined; last = pending.at(-1)) {
    if (isSameOrInside(entry.path, last.entry.path)) break;
    pending.pop();
  }
  if (verdict.type === "leave" && verdict.enter) pending.push(scanned);
  return verdict.type === "take";
}

async function* below(
  run: CaptureRun,
  pending: Scanned[],
  entries: AsyncIterable<CaptureEntry>,
): AsyncGenerator<CaptureEntry, void, undefined> {
  for await (const entry of entries) {
    yield* parents(run, pending);
    yield entry;
  }
}

/** Directories that are not captured for themselves stand before the first thing in them that is. */
function* parents(run: CaptureRun, pending: Scanned[]): Generator<CaptureEntry> {
  for (const parent of pending.splice(0)) yield dirEntry(run, parent);
}

function* untold({ ledger }: CaptureRun): Generator<CaptureEntry> {
  for (const omission of ledger.takeUntold()) yield { type: "omission", omission };
}
