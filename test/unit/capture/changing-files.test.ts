import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import type { Clock } from "../../../lib/base/index.ts";
import { openCapture } from "../../../lib/capture/index.ts";
import { captureOptions, collect, plainInstallation } from "../../helpers/plain-installation.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";

const MIB = 1024 * 1024;
const LARGE = 6 * MIB;
const OLD = new Date("2026-01-01T00:00:00Z");
const NOW = new Date("2026-11-21T03:00:00Z");

const clock: Clock = {
  now: () => NOW,
  monotonicMs: () => performance.now(),
  sleep: async () => undefined,
};

/** A state directory with one large file, last written at `mtime`. */
async function largeFile(mtime: Date): Promise<TempDir & { readonly file: string }> {
  const base = await tempDir();
  mkdirSync(base.join("state"));
  mkdirSync(base.join("tmp"));
  const file = base.join("state/large");
  writeFileSync(file, Buffer.alloc(LARGE, "a"));
  utimesSync(file, mtime, mtime);
  return { ...base, file };
}

async function capture(base: TempDir, onPiece?: (path: string, piece: number) => void) {
  const stateDir = base.join("state");
  const options = captureOptions(plainInstallation(stateDir), base.join("tmp"), { clock });
  await using running = openCapture(options);
  const entries = await collect(running, { stateDir, onPiece });
  const large = entries.find(({ path, type }) => path === "large" && type === "file");
  return { large, report: running.report(), entries };
}

describe("a large file that is read in pieces", () => {
  test("is whole when nobody writes to it", async () => {
    await using base = await largeFile(OLD);
    const { large, report } = await capture(base);
    expect(large?.content?.equals(Buffer.alloc(LARGE, "a"))).toBe(true);
    expect(large?.isOmitted).toBe(false);
    expect(report).toMatchObject({ omissions: [], notesTotal: 0 });
  });

  test("is stored to the size it had when it was opened when it grows meanwhile, with a note", async () => {
    await using base = await largeFile(OLD);
    const { large, report } = await capture(base, (_, piece) => {
      if (piece === 2) appendFileSync(base.file, "more");
    });
    expect(large?.content?.equals(Buffer.alloc(LARGE, "a"))).toBe(true);
    expect(large?.isOmitted).toBe(false);
    expect(report).toMatchObject({ omissions: [], notes: [{ note: "grew" }] });
  });

  test.each([
    [
      "rewritten in place",
      (file: string) => {
        const fd = openSync(file, "r+");
        writeSync(fd, "b", LARGE - 1);
        closeSync(fd);
      },
    ],
    ["cut short", (file: string) => truncateSync(file, 3 * MIB)],
  ])("is an omission when it is %s meanwhile", async (_, change) => {
    await using base = await largeFile(OLD);
    const { large, report } = await capture(base, (_path, piece) => {
      if (piece === 2) change(base.file);
    });
    expect(large?.isOmitted).toBe(true);
    expect(report.omissions).toMatchObject([{ path: base.file, reason: "changed" }]);
    expect(report.degraded).toBe(false);
  });

  test("is read to its end when its name is given to another file meanwhile", async () => {
    await using base = await largeFile(OLD);
    const { large, report } = await capture(base, (_, piece) => {
      if (piece !== 2) return;
      rmSync(base.file);
      writeFileSync(base.file, "another");
    });
    expect(large?.content?.equals(Buffer.alloc(LARGE, "a"))).toBe(true);
    expect(report.omissions).toEqual([]);
  });
});

describe("a large file that was written to a moment ago", () => {
  test("is copied aside first, so that what happens while it is packed does no harm", async () => {
    await using base = await largeFile(NOW);
    const { large, report } = await capture(base, (_, piece) => {
      if (piece === 0) expect(readdirSync(base.join("tmp"))).toHaveLength(1);
      if (piece === 1) truncateSync(base.file, 10);
    });
    expect(large?.content?.equals(Buffer.alloc(LARGE, "a"))).toBe(true);
    expect(large?.entry).toMatchObject({ sizeBytes: LARGE, class: "other" });
    expect(report).toMatchObject({ omissions: [], notesTotal: 0 });
    expect(readdirSync(base.join("tmp"))).toEqual([]);
  });
});
