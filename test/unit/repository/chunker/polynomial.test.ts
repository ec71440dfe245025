import { expect, test } from "vitest";
import { isIrreducible, randomPolynomial } from "../../../../lib/repository/chunker/index.ts";
import { degree, remainder } from "../../../../lib/repository/chunker/polynomial.ts";

/** The table of github.com/restic/chunker's own test of irreducibility. */
const IRREDUCIBLE = [0x3da3358b4dc173n, 0x2482734cacca49n];
const REDUCIBLE = [
  ...[0x38f1e565e288dfn, 0x30a8295b9d5c91n, 0x255f4350b962cbn, 0x267f776110a235n],
  ...[0x2f4dae10d41227n, 0x312daf4b284899n, 0x29dfb6553d01d1n, 0x3548245eb26257n],
  ...[0x3199e7ef4211b3n, 0x362f39017dae8bn, 0x200d57aa6fdacbn, 0x35e0a4efa1d275n],
  ...[0x2ced55b026577fn, 0x260b012010893dn, 0x2df29cbcd59e9dn, 0x3f2ac7488bd429n],
  ...[0x3e5cb1711669fbn, 0x226d8de57a9959n, 0x3c8de80aaf5835n, 0x2026a59efb219bn],
  ...[0x39dfa4d13fb231n, 0x3143d0464b3299n],
];

test.each(IRREDUCIBLE)("%s is irreducible", (polynomial) => {
  expect(isIrreducible(polynomial)).toBe(true);
});

test.each(REDUCIBLE)("%s is reducible", (polynomial) => {
  expect(isIrreducible(polynomial)).toBe(false);
});

test("small polynomials are irreducible when nothing divides them", () => {
  for (let polynomial = 2n; polynomial < 1024n; polynomial++) {
    let hasDivisor = false;
    for (let divisor = 2n; degree(divisor) <= degree(polynomial) / 2; divisor++) {
      hasDivisor ||= remainder(polynomial, divisor) === 0n;
    }
    expect(isIrreducible(polynomial)).toBe(!hasDivisor);
  }
  expect([0n, 1n].map((polynomial) => isIrreducible(polynomial))).toEqual([false, false]);
});

test("random polynomials are irreducible, of degree 53, and differ", () => {
  const made = Array.from({ length: 8 }, () => randomPolynomial());
  expect(made.every((polynomial) => isIrreducible(polynomial))).toBe(true);
  expect(made.map((polynomial) => degree(polynomial))).toEqual(made.map(() => 53));
  expect(new Set(made).size).toBe(made.length);
});

test("a source of random numbers that gives one reducible number only is given up", () => {
  expect(() => randomPolynomial((bytes) => new Uint8Array(bytes))).toThrow("no irreducible");
});
