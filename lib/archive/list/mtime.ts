const NS_PER_MS = 1_000_000n;

/** `2026-11-21T03:00:00.123456789Z`. */
export function formatMtime(mtimeNs: bigint): string {
  const ns = ((mtimeNs % NS_PER_MS) + NS_PER_MS) % NS_PER_MS;
  const ms = Number((mtimeNs - ns) / NS_PER_MS);
  return new Date(ms).toISOString().replace("Z", `${ns.toString().padStart(6, "0")}Z`);
}

/** The inverse of {@link formatMtime}, for any number of digits; undefined when `text` is no such time. */
export function parseMtime(text: string): bigint | undefined {
  const match = /^([+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}Z`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * NS_PER_MS + BigInt((match?.[2] ?? "").padEnd(9, "0"));
}
