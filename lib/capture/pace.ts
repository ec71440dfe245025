import { setImmediate } from "node:timers/promises";
import {
  assertNotCancelled,
  type Clock,
  type OperationOptions,
  systemClock,
} from "../base/index.ts";
import type { Path } from "../filesystem/index.ts";
import type { Tally } from "./types.ts";

/** Longest stretch of synchronous work before timers, sockets and signals get their turn. */
const TURN_MS = 5;
const PROGRESS_MS = 100;

export interface PaceOptions extends OperationOptions {
  readonly clock?: Clock | undefined;
  readonly totals?: Tally | undefined;
}

/** Gives way to the event loop, honours the signal and tells progress, while synchronous work goes on in small steps. */
export class Pace {
  readonly #options: PaceOptions;
  readonly #clock: Clock;
  #turnStarted: number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #files = 0;
  #bytes = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#turnStarted = this.#clock.monotonicMs();
  }

  countFile(): void {
    this.#files++;
  }

  countBytes(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Undefined while the turn lasts, so that a step of a few microseconds costs no promise; otherwise wait for it. */
  step(current: Path): Promise<void> | undefined {
    const now = this.#clock.monotonicMs();
    if (now - this.#turnStarted < TURN_MS) return undefined;
    return this.#giveWay(current, now);
  }

  async #giveWay(current: Path, now: number): Promise<void> {
    assertNotCancelled(this.#options.signal);
    if (now - this.#toldAt >= PROGRESS_MS) this.tell(current, now);
    await setImmediate();
    assertNotCancelled(this.#options.signal);
    this.#turnStarted = this.#clock.monotonicMs();
  }

  tell(current?: Path, now: number = this.#clock.monotonicMs()): void {
    this.#toldAt = now;
    this.#options.onProgress?.({
      type: "progress",
      files: this.#files,
      bytes: this.#bytes,
      totalFiles: this.#options.totals?.files,
      totalBytes: this.#options.totals?.bytes,
      current,
    });
  }
}
