import { closeSync, futimesSync, openSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { statPath } from "../../../lib/filesystem/index.ts";
import { toUtimes } from "../../../lib/filesystem/times.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const SECOND_NS = 1_000_000_000n;

describe("toUtimes", () => {
  it("sets a file's time right to the microsecond", async () => {
    await using temp = await tempDir();
    const fd = openSync(temp.join("f"), "w");
    const timeAfter = (timeNs: bigint) => {
      const time = toUtimes(timeNs);
      futimesSync(fd, time, time);
      return statPath(temp.join("f"))?.mtimeNs ?? 0n;
    };
    // This one Node alone would set 27 ns, and so a microsecond, too low.
    expect(timeAfter(1_795_143_845_678_000_000n) / 1000n).toBe(1_795_143_845_678_000n);
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 32n * SECOND_NS), fc.boolean(), (anyNs, isWhole) => {
        const timeNs = isWhole ? (anyNs / 1_000_000n) * 1_000_000n : anyNs;
        expect(timeAfter(timeNs) / 1000n).toBe(timeNs / 1000n);
      }),
      { numRuns: 3000 },
    );
    expect(timeAfter(-1_500_000_000n)).toBe(-1_500_000_000n);
    closeSync(fd);
  });

  it("moves times that no filesystem holds to the nearest that they do", () => {
    expect(toUtimes(10n ** 40n)).toBe(2 ** 33);
    expect(toUtimes(-(10n ** 40n))).toEqual(new Date(-(2 ** 31) * 1000));
  });
});
