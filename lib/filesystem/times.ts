/** 1901 to 2242: what common filesystems hold. A time beyond, as only a made-up archive has it, becomes the nearest one within. */
const EARLIEST_NS: bigint = -(2n ** 31n) * 1_000_000_000n;
const LATEST_NS: bigint = 2n ** 33n * 1_000_000_000n;

/**
 * Converts nanoseconds since 1970 to what Node's `utimes` takes, so that the file's time is right to the microsecond.
 *
 * A double holds today's seconds in steps of 238 ns and the way back cuts off; a time that would fall into the microsecond before
 * is given the middle of its own. Node takes a negative number for "now", but not a Date, which is right to the millisecond.
 */
export function toUtimes(timeNs: bigint): number | Date {
  if (timeNs < 0n) {
    const clamped = timeNs < EARLIEST_NS ? EARLIEST_NS : timeNs;
    return new Date(Number(clamped / 1_000_000n));
  }
  const clamped = timeNs > LATEST_NS ? LATEST_NS : timeNs;
  const seconds = Number(clamped / 1_000_000_000n);
  const nanoseconds = Number(clamped % 1_000_000_000n);
  const microseconds = Math.floor(nanoseconds / 1000);
  const nearest = seconds + nanoseconds / 1e9;
  const isKept = Math.floor((nearest - seconds) * 1e6) === microseconds;
  return isKept ? nearest : seconds + (microseconds + 0.5) / 1e6;
}
