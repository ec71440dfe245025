import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareBytes,
  fsPath,
  listDirectory,
  type Path,
  pathFromBuffer,
} from "../../lib/filesystem/index.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const bytes = (path: Path) => Buffer.from(fsPath(path));

describe("paths", () => {
  it("stand for any bytes, one path for each", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => {
        expect(bytes(pathFromBuffer(raw))).toEqual(Buffer.from(raw));
      }),
      { numRuns: 2000 },
    );
  });

  it("sort as their bytes sort", () => {
    const path = fc.oneof(
      fc.uint8Array({ maxLength: 6 }).map(pathFromBuffer),
      fc.string({ unit: "grapheme", maxLength: 6 }),
    );
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(bytes(a), bytes(b)));
      }),
      { numRuns: 2000 },
    );
  });

  it.skipIf(process.platform !== "linux")("name the same file on disk", async () => {
    await using temp = await tempDir();
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .filter((raw) => !raw.includes(0) && !raw.includes(0x2f))
      .map(pathFromBuffer)
      .filter((text) => text !== "." && text !== "..");
    const names = fc.sample(fc.uniqueArray(name, { minLength: 50, maxLength: 50 }), 1)[0] ?? [];
    for (const text of names) writeFileSync(fsPath(temp.join(text)), "");
    expect(listDirectory(temp.path)).toEqual([...names].sort(compareBytes));
  });
});
