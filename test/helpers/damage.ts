import fc from "fast-check";

/** One thing that may befall bytes. */
export interface Damage {
  /** Where, as a share of the length. */
  readonly at: number;
  readonly how: "cut" | "overwrite" | "insert" | "repeat";
  readonly noise: Uint8Array;
}

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom("cut", "overwrite", "insert", "repeat"),
  noise: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});

/** The bytes with that damage. */
export function applyDamage(bytes: Uint8Array, { at, how, noise }: Damage): Uint8Array {
  const place = Math.floor(at * bytes.length);
  const before = bytes.subarray(0, place);
  const after = bytes.subarray(place);
  if (how === "cut") return Uint8Array.from(before);
  if (how === "insert") return Buffer.concat([before, noise, after]);
  if (how === "repeat") return Buffer.concat([bytes, after]);
  return Buffer.concat([before, noise, after.subarray(noise.length)]);
}
