const MAX_UINT64 = 2n ** 64n - 1n;

/** A Go `uint64` out of a value of `parseExactJson`, exact beyond 2^53; undefined when it is none. */
export function readUint64(value: unknown): bigint | undefined {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  }
  const text = rawText(value);
  if (text === undefined || !/^\d{1,20}$/.test(text)) return undefined;
  const exact = BigInt(text);
  return exact <= MAX_UINT64 ? exact : undefined;
}

function rawText(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("rawJSON" in value)) return undefined;
  // A foreign object may have a field of that name; only JSON.rawJSON makes one without a prototype.
  if (Object.getPrototypeOf(value) !== null) return undefined;
  return typeof value.rawJSON === "string" ? value.rawJSON : undefined;
}

/** Whether arrays and objects are nested at most `maxDepth` deep, so that whatever walks the value may use the stack. */
export function isShallow(value: unknown, maxDepth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (maxDepth === 0) return false;
  return Object.values(value).every((inner) => isShallow(inner, maxDepth - 1));
}
