import { assertNotCancelled } from "../base/index.ts";
import { objectTooLarge } from "./failures.ts";

/**
 * Passes items on, and fails with `cancelled` as soon as `signal` is aborted, even while the source gives nothing: a source that
 * hangs is then told to end and not waited for.
 */
export async function* untilCancelled<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  if (signal === undefined) return yield* items;
  assertNotCancelled(signal);
  const iterator = items[Symbol.asyncIterator]();
  let interrupt: (() => void) | undefined;
  const onAbort = (): void => interrupt?.();
  signal.addEventListener("abort", onAbort, { once: true });
  let isDone = false;
  try {
    while (true) {
      // A promise for each step: one kept for all of them would collect a reaction per chunk until the end of the stream.
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = () => reject(signal.reason);
        iterator.next().then(resolve, reject);
      });
      assertNotCancelled(signal);
      if (step.done) {
        isDone = true;
        return;
      }
      yield step.value;
    }
  } catch (error) {
    assertNotCancelled(signal);
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (!isDone) await endSource(iterator, signal.aborted);
  }
}

async function endSource(iterator: AsyncIterator<unknown>, isHanging: boolean): Promise<void> {
  const ended = Promise.resolve(iterator.return?.());
  if (isHanging) ended.catch(() => undefined);
  else await ended;
}

/**
 * Collects chunks into one array.
 * @throws BackupError `limit-exceeded` as soon as there are more than `maxBytes`
 */
export async function collect(
  chunks: AsyncIterable<Uint8Array>,
  key: string,
  maxBytes: number,
): Promise<Uint8Array> {
  const collected: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) throw objectTooLarge(key, sizeBytes, maxBytes);
    collected.push(chunk);
  }
  return collected.length === 1 && collected[0] !== undefined
    ? collected[0]
    : Buffer.concat(collected, sizeBytes);
}
