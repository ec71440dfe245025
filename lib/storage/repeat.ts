import { assertNotCancelled, toBackupError } from "../base/index.ts";
import type { ResolvedRetryOptions } from "./retry-options.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Calls `call` until it succeeds, fails for good by the error table, or attempts or time run out; the last failure is thrown
 * as it is. Waits are drawn evenly between nothing and a bound that doubles ("full jitter"), so that clients which failed
 * together do not come back together.
 */
export async function repeat<T>(
  call: (attempt: number) => Promise<T>,
  options: ResolvedRetryOptions,
  signal?: AbortSignal,
): Promise<T> {
  const { clock, attempts, totalTimeMs } = options;
  const startedMs = clock.monotonicMs();
  for (let attempt = 1; ; attempt += 1) {
    assertNotCancelled(signal);
    try {
      return await call(attempt);
    } catch (thrown) {
      const error = toBackupError(thrown);
      const waitMs =
        options.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
      const isLate = clock.monotonicMs() - startedMs + waitMs > totalTimeMs;
      if (!error.isRetryable || attempt >= attempts || isLate) throw thrown;
      options.onRetry({ attempt, waitMs, error });
      await pause(waitMs, options, signal);
    }
  }
}

async function pause(
  ms: number,
  { clock }: ResolvedRetryOptions,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    assertNotCancelled(signal);
    throw error;
  }
}
