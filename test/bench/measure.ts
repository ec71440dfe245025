import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What one run of a command cost, with everything it started. */
export interface Cost {
  readonly wallSeconds: number;
  /** User and system time of the whole process group. */
  readonly cpuSeconds: number;
  /** Largest sum of resident memory over the group, sampled every 10 ms; shared pages count once per process. */
  readonly peakMegabytes: number;
}

const SAMPLE_MS = 10;

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
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, groupMemory(child.pid ?? 0));
  }, SAMPLE_MS);
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
  return { wallSeconds: wall, cpuSeconds: user + system, peakMegabytes: peak / 1e6 };
}

/** Resident bytes of every process of a group; a process that ends while it is looked at counts nothing. */
function groupMemory(group: number): number {
  let sum = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(fields[2]) === group) sum += Number(fields[21]) * 4096;
    } catch {
      // It has ended.
    }
  }
  return sum;
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
