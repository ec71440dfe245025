import { BackupError } from "../base/index.ts";

/** Ends capture, packing and upload together, whichever of them fails or is cancelled first. */
export interface Stopping extends Disposable {
  /** Aborted by the caller's signal and by {@link Stopping.stop}. */
  readonly signal: AbortSignal;
  stop(): void;
}

export function createStopping(callerSignal: AbortSignal | undefined): Stopping {
  const controller = new AbortController();
  const signal =
    callerSignal === undefined
      ? controller.signal
      : AbortSignal.any([callerSignal, controller.signal]);
  const stop = (): void => {
    controller.abort(new BackupError("cancelled", "the backup was given up"));
  };
  return { signal, stop, [Symbol.dispose]: stop };
}

/**
 * Gives a stream on so that whoever stops reading it early stops everything behind it at once. Without this, a failed upload
 * would wait for the step that is under way, such as the copy of a large database.
 */
export function stopWhenLeft(
  source: AsyncIterable<Uint8Array>,
  stopping: Stopping,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      let isDone = false;
      return {
        async next() {
          const step = await iterator.next();
          isDone = step.done === true;
          return step;
        },
        async return() {
          if (!isDone) stopping.stop();
          // What was under way fails as cancelled; the reader has left for a reason of its own.
          await iterator.return?.().catch(() => undefined);
          return { done: true, value: undefined };
        },
      };
    },
  };
}
