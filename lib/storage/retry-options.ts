import type { BackupError, Clock } from "../base/index.ts";

/** Told before each wait, so that a progress display can say why nothing moves. */
export interface RetryEvent {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly waitMs: number;
  readonly error: BackupError;
}

/** How often, how long and how patiently single requests are repeated. */
export interface RetryOptions {
  readonly clock: Clock;
  /** Gives numbers from 0 to below 1. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Tries altogether, the first one counted. 1 means never again. @default 8 */
  readonly attempts?: number | undefined;
  /** No new try is started later than this after the first one began. @default 300_000 */
  readonly totalTimeMs?: number | undefined;
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
}

export type ResolvedRetryOptions = {
  readonly [K in keyof RetryOptions]-?: NonNullable<RetryOptions[K]>;
};

/** Fills in the defaults. */
export function resolveRetryOptions(options: RetryOptions): ResolvedRetryOptions {
  return {
    clock: options.clock,
    random: options.random ?? Math.random,
    attempts: options.attempts ?? 8,
    totalTimeMs: options.totalTimeMs ?? 300_000,
    onRetry: options.onRetry ?? (() => undefined),
  };
}
