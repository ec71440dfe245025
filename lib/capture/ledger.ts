import { isSameOrInside, type Path } from "../filesystem/index.ts";
import type { CaptureNote, CaptureReport, Omission } from "./types.ts";

const MAX_NOTES = 1000;

/** Collects what a run leaves out and meets. */
export class Ledger {
  readonly #omissions: Omission[] = [];
  readonly #notes: CaptureNote[] = [];
  /** Omissions that were not yet given into the stream of entries. */
  #untold: Omission[] = [];
  #notesTotal = 0;
  #databases = 0;
  #isDegraded = false;
  readonly #essentialDatabases: readonly Path[];

  /** @param essentialDatabases - An omission of one of them, or of a directory above it, makes the backup degraded. */
  constructor(essentialDatabases: readonly Path[]) {
    this.#essentialDatabases = essentialDatabases;
  }

  readonly note = (note: CaptureNote): void => {
    this.#notesTotal++;
    if (this.#notes.length < MAX_NOTES) this.#notes.push(note);
  };

  /** Records an omission that the stream shall tell of by an entry of its own. */
  readonly omit = (omission: Omission): void => {
    this.omitSettled(omission);
    this.#untold.push(omission);
  };

  /** Records an omission of which the stream tells in another way (`settle`). */
  readonly omitSettled = (omission: Omission): Omission => {
    this.#omissions.push(omission);
    this.#isDegraded ||= this.#essentialDatabases.some((path) =>
      isSameOrInside(path, omission.path),
    );
    return omission;
  };

  takeUntold(): readonly Omission[] {
    if (this.#untold.length === 0) return [];
    const untold = this.#untold;
    this.#untold = [];
    return untold;
  }

  countDatabase(): void {
    this.#databases++;
  }

  report(): CaptureReport {
    return {
      databases: this.#databases,
      omissions: [...this.#omissions],
      notes: [...this.#notes],
      notesTotal: this.#notesTotal,
      degraded: this.#isDegraded,
    };
  }
}
