import { assertNotCancelled, BackupError } from "./errors.ts";

export interface ConcurrencyOptions {
  /** How many may run at the same time; at least 1. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Maps a sequence with at most `limit` calls under way, giving results **in the order of the input**.
 *
 * It reads at most `limit` items ahead, so that memory stays bounded by the slowest consumer. When one call fails,
 * the failure is thrown at its place after the calls already under way have settled.
 */
export async function* mapConcurrent<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  map: (item: T) => Promise<R>,
  options: ConcurrencyOptions,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const item of items) {
      assertNotCancelled(options.signal);
      const result = map(item);
      result.catch(() => undefined);
      underWay.push(result);
      if (underWay.length >= options.limit) yield await (underWay.shift() as Promise<R>);
    }
    while (underWay.length > 0) yield await (underWay.shift() as Promise<R>);
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** Calls `work` for every item, at most `limit` at the same time, and waits for all. */
export async function forEachConcurrent<T>(
  items: AsyncIterable<T> | Iterable<T>,
  work: (item: T) => Promise<void>,
  options: ConcurrencyOptions,
): Promise<void> {
  for await (const _ of mapConcurrent(items, work, options));
}

/**
 * Waits for calls that belong together. When one fails, the others are cancelled through the signal that all were started with, and
 * the failure is thrown once every call has ended, so that nothing goes on behind the caller's back.
 *
 * @param start - Starts the calls with the signal it is given.
 */
export async function allTogether<const T extends readonly unknown[]>(
  start: (signal: AbortSignal) => T,
  signal?: AbortSignal | undefined,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const control = new AbortController();
  const calls = start(
    signal === undefined ? control.signal : AbortSignal.any([signal, control.signal]),
  );
  try {
    return await Promise.all(calls);
  } catch (error) {
    control.abort(new BackupError("cancelled", "another call failed", { cause: error }));
    await Promise.allSettled(calls);
    throw error;
  }
}
