import { scryptSync } from "node:crypto";
import { expect, test } from "vitest";
import { isBackupError, Secret } from "../../../../lib/base/index.ts";
import { calibrateScrypt } from "../../../../lib/repository/key/calibrate.ts";
import { deriveKey } from "../../../../lib/repository/key/derive.ts";
import { plainScrypt } from "../../../../lib/repository/key/plain-scrypt.ts";
import { assertScryptCost } from "../../../../lib/repository/key/scrypt-cost.ts";

test.each([
  { N: 2, r: 1, p: 1 },
  { N: 16, r: 1, p: 3 },
  { N: 1024, r: 8, p: 2 },
  { N: 64, r: 3, p: 2 },
  { N: 32_768, r: 1, p: 1 },
])("scrypt in JavaScript gives what OpenSSL gives for %o", (cost) => {
  const expected = scryptSync("pässword", "NaCl", 64, { ...cost, maxmem: 1 << 28 });
  const found = plainScrypt(Buffer.from("pässword"), Buffer.from("NaCl"), cost, 64);
  expect(found.equals(expected)).toBe(true);
});

test("a cost that restic before 0.9 chose is accepted, although OpenSSL refuses it", async () => {
  const cost = { N: 65_536, r: 1, p: 1 };
  const salt = Buffer.alloc(64, 1);
  expect(() => scryptSync("x", salt, 64, { ...cost, maxmem: 1 << 28 })).toThrow();
  const key = await deriveKey(new Secret("x"), salt, cost);
  const plain = plainScrypt(Buffer.from("x"), salt, cost, 64);
  expect(Buffer.concat([key.encrypt, key.macK, key.macR]).equals(plain)).toBe(true);
});

test.each([
  { N: 32_768, r: 8, p: 6 },
  { N: 262_144, r: 1, p: 1 },
  { N: 131_072, r: 8, p: 1 },
  { N: 16_384, r: 8, p: 20 },
  { N: 65_536, r: 8, p: 1 },
])("the legal cost %o is accepted", (cost) => {
  expect(() => assertScryptCost(cost)).not.toThrow();
});

test.each([
  { N: 0, r: 8, p: 1 },
  { N: 1, r: 8, p: 1 },
  { N: 3, r: 8, p: 1 },
  { N: 2 ** 20, r: 64, p: 1 },
  { N: 2 ** 50, r: 8, p: 1 },
  { N: 32_768, r: 8, p: 1_000_000 },
  { N: 32_768, r: 0, p: 1 },
  { N: 32_768, r: 8, p: -1 },
  { N: 2, r: 2 ** 52, p: 2 ** 52 },
  { N: 1.5, r: 8, p: 1 },
])("the hostile cost %o is refused before it is spent", (cost) => {
  expect(() => assertScryptCost(cost)).toThrow(
    expect.toSatisfy((error) => isBackupError(error, "data-corrupt", "limit-exceeded")),
  );
});

test("calibration aims at half a second, and never goes below what is safe", () => {
  const clockOf = (elapsedMs: number) => {
    let calls = 0;
    return { monotonicMs: () => elapsedMs * calls++ };
  };
  expect(calibrateScrypt(clockOf(83))).toEqual({ N: 32_768, r: 8, p: 6 });
  expect(calibrateScrypt(clockOf(3000))).toEqual({ N: 32_768, r: 8, p: 1 });
  expect(calibrateScrypt(clockOf(0))).toEqual({ N: 32_768, r: 8, p: 16 });
});
