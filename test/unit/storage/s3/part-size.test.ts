import { describe, expect, test } from "vitest";
import { GIB, MIB } from "../../../../lib/base/index.ts";
import { assertFits, choosePartSize } from "../../../../lib/storage/s3/part-size.ts";

const TIB = 1024 * GIB;

describe("choosing the size of parts", () => {
  test.each([
    [undefined, 8],
    [0, 5],
    [GIB, 5],
    [32 * GIB, 5],
    [100 * GIB, 16],
    [TIB, 158],
    [30 * TIB, 4719],
    [48 * TIB, 5120],
  ])("%s bytes are sent in parts of %i MiB", (estimate, mib) => {
    expect(choosePartSize(estimate)).toBe(mib * MIB);
  });

  test.each([GIB, 33 * GIB, 78 * GIB, 200 * GIB, TIB, 5 * TIB, 30 * TIB])(
    "%i bytes fit even when they turn out a quarter more",
    (estimate) => {
      expect(() => assertFits(estimate * 1.25, choosePartSize(estimate))).not.toThrow();
    },
  );

  test("refuses one byte more than 10,000 parts hold, and says what to do", () => {
    expect(() => assertFits(10_000 * 8 * MIB, 8 * MIB)).not.toThrow();
    expect(() => assertFits(10_000 * 8 * MIB + 1, 8 * MIB)).toThrow(
      expect.objectContaining({
        code: "limit-exceeded",
        message: "the stream has more than the 83.9 GB that 10000 parts of 8.39 MB hold",
        hint: "give a larger estimate of its size, so that larger parts are chosen",
      }),
    );
  });
});
