import { randomBytes } from "node:crypto";
import { BackupError } from "../../base/index.ts";

/** Polynomials over F₂ as bit patterns: bit i is the coefficient of xⁱ. */
type Polynomial = bigint;

/** The largest prime at which a digest and the byte that is shifted in fit 64 bits. */
export const POLYNOMIAL_DEGREE = 53;

/** One in 27 is irreducible, so that this is reached by a broken source of random numbers only. */
const MAX_TRIES = 10_000;

/**
 * Makes the polynomial of a new repository: random, irreducible, of degree 53.
 *
 * @param random - Gives so many random bytes. @default the system's
 * @see github.com/restic/chunker, `DerivePolynomial`
 */
export function randomPolynomial(random: (bytes: number) => Uint8Array = randomBytes): Polynomial {
  const top = 1n << BigInt(POLYNOMIAL_DEGREE);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const bits = Buffer.from(random(8)).readBigUInt64LE() & (top - 1n);
    // Without its lowest coefficient it would be divisible by x.
    const candidate = top | bits | 1n;
    if (isIrreducible(candidate)) return candidate;
  }
  throw new BackupError("internal", `no irreducible polynomial found in ${MAX_TRIES} tries`);
}

/**
 * Tells whether a polynomial has no divisor but itself and 1, by Ben-Or's test: no i up to half the degree for which it shares a
 * factor with x^(2^i) − x, the product of all irreducible polynomials whose degree divides i.
 */
export function isIrreducible(polynomial: Polynomial): boolean {
  const top = degree(polynomial);
  if (top < 1) return false;
  let power: Polynomial = 2n;
  for (let i = 1; i <= top / 2; i++) {
    power = remainder(square(power), polynomial);
    if (greatestCommonDivisor(polynomial, power ^ 2n) !== 1n) return false;
  }
  return true;
}

/** -1 for zero. */
export function degree(polynomial: Polynomial): number {
  return polynomial === 0n ? -1 : polynomial.toString(2).length - 1;
}

/** Of the division without carries. */
export function remainder(dividend: Polynomial, divisor: Polynomial): Polynomial {
  const bottom = degree(divisor);
  let rest = dividend;
  for (let over = degree(rest) - bottom; over >= 0; over = degree(rest) - bottom) {
    rest ^= divisor << BigInt(over);
  }
  return rest;
}

/** Over F₂ the mixed terms of a square cancel: every coefficient moves to twice its place. */
function square(polynomial: Polynomial): Polynomial {
  return BigInt(`0b${polynomial.toString(2).split("").join("0")}`);
}

function greatestCommonDivisor(a: Polynomial, b: Polynomial): Polynomial {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, remainder(x, y)];
  return x;
}
