import type { Cost } from "./measure.ts";

export interface Row {
  readonly job: string;
  readonly cost: Cost;
  readonly storedBytes?: number | undefined;
  /** To the storage. */
  readonly requests?: number | undefined;
}

/** The rows of one comparison, each with its wall time relative to that of `reference`. */
export function formatRows(title: string, rows: readonly Row[], reference: string): string {
  const base = rows.find((row) => row.job === reference)?.cost.wallSeconds ?? Number.NaN;
  const lines = rows.map(({ job, cost, storedBytes, requests }) =>
    [
      job.padEnd(46),
      cost.wallSeconds.toFixed(2).padStart(8),
      cost.cpuSeconds.toFixed(2).padStart(8),
      cost.peakMegabytes.toFixed(0).padStart(8),
      (storedBytes === undefined ? "" : (storedBytes / 1e6).toFixed(1)).padStart(9),
      (requests?.toString() ?? "").padStart(8),
      (cost.wallSeconds / base).toFixed(2).padStart(8),
    ].join(" "),
  );
  const head = [
    "".padEnd(46),
    "   s wall",
    "   s CPU",
    "  MB RSS",
    "MB stored",
    "requests",
    `x ${reference}`,
  ].join(" ");
  return `\n${title}\n${head}\n${lines.join("\n")}\n`;
}
