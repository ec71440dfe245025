import { expect, test } from "vitest";
import { createProgressPrinter, formatProgress } from "../../../lib/cli/progress.ts";

const sink = (isTerminal: boolean) => {
  const written: string[] = [];
  return { written, isTerminal, columns: 80, write: (text: string) => void written.push(text) };
};

test.each([
  [{ phase: "packing" }, "packing"],
  [{ phase: "packing", files: 1 }, "packing: 1 file"],
  [{ phase: "packing", files: 12_400, totalFiles: 22_051 }, "packing: 12,400 of 22,051 files"],
  [{ phase: "packing", bytes: 5_000_000 }, "packing: 5.00 MB, 2.50 MB/s"],
  [
    { phase: "packing", files: 10, bytes: 5_000_000, totalBytes: 15_000_000 },
    "packing: 10 files, 5.00 MB of 15.0 MB, 2.50 MB/s, 4.0 s left",
  ],
])("progress %o after two seconds reads %s", (state, expected) => {
  expect(formatProgress({ phaseStartedMs: 0, ...state }, 2000)).toBe(expected);
});

test("a terminal gets one line that is redrawn and taken away at the end", () => {
  const err = sink(true);
  const printer = createProgressPrinter(err, { enabled: true });
  printer.onProgress({ type: "phase", phase: "reading" });
  printer.end();
  expect(err.written).toEqual(["\r\u001b[Kreading", "\r\u001b[K"]);
});

test("messages are whole lines, also while progress is drawn", () => {
  const err = sink(true);
  const printer = createProgressPrinter(err, { enabled: true });
  printer.onProgress({ type: "phase", phase: "reading" });
  printer.onProgress({ type: "message", level: "warning", text: "slow" });
  expect(err.written.at(-1)).toBe("warning: slow\n");
  expect(err.written.at(-2)).toBe("\r\u001b[K");
});

test("without a terminal short work prints no progress at all", () => {
  const err = sink(false);
  const printer = createProgressPrinter(err, { enabled: true });
  printer.onProgress({ type: "phase", phase: "reading" });
  printer.onProgress({ type: "progress", files: 3 });
  printer.end();
  expect(err.written).toEqual([]);
});
