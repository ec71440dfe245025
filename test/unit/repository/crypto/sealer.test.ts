import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isBackupError } from "../../../../lib/base/index.ts";
import { createSealer, generateMasterKey } from "../../../../lib/repository/crypto/index.ts";

const isCorrupt = (error: unknown): boolean => isBackupError(error, "data-corrupt");

describe.each(["native", "javascript"] as const)("a sealer with %s Poly1305", (poly1305) => {
  const masterKey = generateMasterKey();
  const sealer = createSealer(masterKey, { poly1305 });

  test("opens what it sealed, for every short length and some long ones", () => {
    for (const length of [...Array(70).keys(), 4096, 65_537, 1_000_003]) {
      const plaintext = randomBytes(length);
      const sealed = sealer.seal(plaintext);
      expect(sealed.length).toBe(length + 32);
      expect(sealer.open(sealed).equals(plaintext)).toBe(true);
    }
  });

  test("opens what the other implementation sealed", () => {
    const other = createSealer(masterKey, {
      poly1305: poly1305 === "native" ? "javascript" : "native",
    });
    const plaintext = randomBytes(5000);
    expect(sealer.open(other.seal(plaintext)).equals(plaintext)).toBe(true);
  });

  test("refuses every flipped bit, every truncation and any extension", () => {
    const sealed = sealer.seal(Buffer.from("what is stored"));
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const damaged = Buffer.from(sealed);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => sealer.open(damaged)).toThrow(expect.toSatisfy(isCorrupt));
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => sealer.open(sealed.subarray(0, length))).toThrow(expect.toSatisfy(isCorrupt));
    }
    const longer = Buffer.concat([sealed, Buffer.alloc(1)]);
    expect(() => sealer.open(longer)).toThrow(expect.toSatisfy(isCorrupt));
  });

  test("refuses random bytes of any length", () => {
    for (let length = 0; length < 400; length += 1) {
      expect(() => sealer.open(randomBytes(length))).toThrow(expect.toSatisfy(isCorrupt));
    }
  });

  test("refuses what another key sealed, and an IV of zeros", () => {
    const foreign = createSealer(generateMasterKey()).seal(Buffer.from("foreign"));
    expect(() => sealer.open(foreign)).toThrow(/MAC does not hold/);
    expect(() => sealer.open(Buffer.alloc(100))).toThrow(/IV of zeros/);
  });
});

test("writes into the middle of a buffer and leaves the rest alone, also when it holds the plaintext", () => {
  const sealer = createSealer(generateMasterKey());
  const target = Buffer.alloc(100, 7);
  expect(sealer.sealInto(Buffer.from("plain"), target, 10)).toBe(37);
  expect(target.subarray(0, 10).equals(Buffer.alloc(10, 7))).toBe(true);
  expect(target.subarray(47).equals(Buffer.alloc(53, 7))).toBe(true);
  expect(sealer.open(target.subarray(10, 47)).toString()).toBe("plain");

  const shared = Buffer.alloc(64, "in place");
  sealer.sealInto(shared.subarray(0, 32), shared, 0);
  expect(sealer.open(shared).toString()).toBe("in place".repeat(4));
});

test("never uses an IV twice", () => {
  const sealer = createSealer(generateMasterKey());
  const ivs = new Set(
    Array.from({ length: 2000 }, () => sealer.seal(Buffer.of(1)).subarray(0, 16).toString("hex")),
  );
  expect(ivs.size).toBe(2000);
});

test.each([
  ["encrypt", 32],
  ["macK", 16],
  ["macR", 16],
] as const)("a key whose %s is all zeros or of another length is refused", (part, length) => {
  const key = generateMasterKey();
  for (const bad of [new Uint8Array(length), randomBytes(length - 1), randomBytes(length + 1)]) {
    expect(() => createSealer({ ...key, [part]: bad })).toThrow(expect.toSatisfy(isCorrupt));
  }
});
