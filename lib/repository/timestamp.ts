/**
 * A time as it stands in trees, snapshots and locks: RFC 3339 with up to nine decimals and the zone it was taken in, as Go writes it
 * (`2026-11-21T04:00:00.5+01:00`). Kept as text, because a `Date` loses digits and the zone.
 */
export type Timestamp = string;

const TIMESTAMP =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9})\d*)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

const NS_PER_MS = 1_000_000n;
const NS_PER_MINUTE: bigint = 60_000n * NS_PER_MS;
/** What a `Date` holds, years -271821 to 275760. */
const MAX_DATE_MS = 8.64e15;
const MAX_YEAR = 9999;

/** What Go reads where there is no time, and so restic where rustic has left one out. */
export const NO_TIME: Timestamp = "0001-01-01T00:00:00Z";

export function isTimestamp(text: string): boolean {
  return text.length <= 64 && TIMESTAMP.test(text);
}

/** Nanoseconds since 1970 of a valid timestamp, exact. */
export function timestampNs(timestamp: Timestamp): bigint {
  const match = TIMESTAMP.exec(timestamp);
  if (match === null) throw new RangeError("not a timestamp");
  const [, seconds, decimals = "", sign, hours, minutes] = match;
  const zoneMinutes = BigInt(Number(hours ?? 0) * 60 + Number(minutes ?? 0));
  const wallNs = BigInt(Date.parse(`${seconds}Z`)) * NS_PER_MS + BigInt(decimals.padEnd(9, "0"));
  return wallNs - (sign === "-" ? -zoneMinutes : zoneMinutes) * NS_PER_MINUTE;
}

/** The same to the millisecond, rounded down. */
export function timestampDate(timestamp: Timestamp): Date {
  return new Date(Number(floorDivide(timestampNs(timestamp), NS_PER_MS)));
}

/**
 * Writes nanoseconds since 1970 as Go's RFC3339Nano. Years beyond 0 to 9999 become the nearest of these, as restic writes them.
 *
 * @param utcOffsetMinutes - East of Greenwich. @default this machine's time zone at that time, as restic takes it
 */
export function formatTimestamp(timeNs: bigint, utcOffsetMinutes?: number): Timestamp {
  const floorMs = floorDivide(timeNs, NS_PER_MS);
  const ms = Math.max(-MAX_DATE_MS, Math.min(MAX_DATE_MS, Number(floorMs)));
  const offset = utcOffsetMinutes ?? localOffset(ms);
  const wall = new Date(ms + offset * 60_000);
  clampYear(wall);
  const nanoseconds = Number(timeNs - floorMs * NS_PER_MS);
  const text = wall.toISOString();
  return text.slice(0, 19) + formatDecimals(text.slice(20, 23), nanoseconds) + formatZone(offset);
}

function localOffset(ms: number): number {
  return -Math.trunc(new Date(ms).getTimezoneOffset()) || 0;
}

function clampYear(wall: Date): void {
  const year = wall.getUTCFullYear();
  if (year > MAX_YEAR) wall.setUTCFullYear(MAX_YEAR);
  else if (year < 0) wall.setUTCFullYear(0);
}

function formatDecimals(milliseconds: string, nanoseconds: number): string {
  if (nanoseconds === 0 && milliseconds === "000") return "";
  const digits = milliseconds + nanoseconds.toString().padStart(6, "0");
  return `.${digits.replace(/0+$/, "")}`;
}

function formatZone(offsetMinutes: number): string {
  if (offsetMinutes === 0) return "Z";
  const size = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(n: number): string {
  return n.toString().padStart(2, "0");
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
