import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** What one run of a command cost, with everything it started. */
export interface Cost {
  readonly wallSeconds: number;
  /** User and system time of the whole process group. */
  readonly cpuSeconds: number;
  /** The most resident memory that each process had, summed over all of them; shared pages count once per process. */
  readonly peakMegabytes: number;
}

/** The kernel keeps each process's peak, so that it is enough to look now and then; looking often would take the time it measures. */
const SAMPLE_MS = 50;

/**
 * Runs a shell command line to its end and measures it from outside.
 * @throws Error when it fails, with what it printed last.
 */
export async function measure(
  commandLine: string,
  env: Readonly<Record<string, string>>,
): Promise<Cost> {
  const script = `TIMEFORMAT='clawback-bench %R %U %S'; set -o pipefail; time { ${commandLine} ; }`;
  const child = spawn("bash", ["-c", script], {
    env,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-20_000);
  });
  const peaks = new Map<number, number>();
  const timer = setInterval(() => notePeaks(child.pid ?? 0, peaks), SAMPLE_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearInterval(timer);
  const match = /clawback-bench ([\d.]+) ([\d.]+) ([\d.]+)/.exec(text);
  // 3: done, with omissions.
  if ((code !== 0 && code !== 3) || match === null)
    throw new Error(`${commandLine}: exit ${code}\n${text}`);
  const [wall = 0, user = 0, system = 0] = match.slice(1).map(Number);
  return { wallSeconds: wall, cpuSeconds: user + system, peakMegabytes: sum(peaks) / 1e6 };
}

/** Notes the largest resident memory so far of a process and all it has started; what ends while it is looked at counts nothing. */
function notePeaks(pid: number, peaks: Map<number, number>): void {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kibibytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    peaks.set(pid, Math.max(peaks.get(pid) ?? 0, kibibytes * 1024));
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    for (const child of children.split(" ").filter(Boolean)) notePeaks(Number(child), peaks);
  } catch {
    // It has ended.
  }
}

function sum(peaks: ReadonlyMap<number, number>): number {
  return [...peaks.values()].reduce((total, peak) => total + peak, 0);
}

/** The median of each figure; with an even number of runs, the lower one. */
export function median(costs: readonly Cost[]): Cost {
  const middle = (values: number[]): number =>
    values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
  return {
    wallSeconds: middle(costs.map((cost) => cost.wallSeconds)),
    cpuSeconds: middle(costs.map((cost) => cost.cpuSeconds)),
    peakMegabytes: middle(costs.map((cost) => cost.peakMegabytes)),
  };
}
