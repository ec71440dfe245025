import { readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { SECOND_MS } from "../base/index.ts";
import { hasProcess, startTimeOf } from "./process-mark.ts";

/** This process, as others may know it. */
export interface OwnProcess {
  readonly hostname: string;
  readonly pid: number;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
}

export function ownProcess(): OwnProcess {
  const { username, uid, gid } = userInfo();
  return { hostname: hostname(), pid: process.pid, username, uid, gid };
}

/** Clock ticks a second in /proc: fixed by the kernel's interface to programs, whatever the kernel itself uses. */
const TICKS_PER_SECOND = 100;
/** The start of the machine is known to the second, and clocks are set. */
const TOLERANCE_MS: number = 5 * SECOND_MS;

/**
 * Whether the process that had this pid at that time still runs on this host. One that started later is another; where that cannot
 * be told (no /proc), any process with the pid counts.
 */
export function isProcessRunning(pid: number, at: Date): boolean {
  if (!hasProcess(pid)) return false;
  const ticks = startTimeOf(pid);
  const bootMs = bootTimeMs();
  if (ticks === undefined || bootMs === undefined) return true;
  const startedMs = bootMs + (Number(ticks) / TICKS_PER_SECOND) * SECOND_MS;
  return startedMs <= at.getTime() + TOLERANCE_MS;
}

function bootTimeMs(): number | undefined {
  try {
    const seconds = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "latin1"))?.[1];
    return seconds === undefined ? undefined : Number(seconds) * SECOND_MS;
  } catch {
    return undefined;
  }
}
