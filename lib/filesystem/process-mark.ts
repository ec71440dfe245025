import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { systemCode } from "../base/index.ts";

/** Who made a lock or private directory, as its file name tells. */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks since the machine started (field 22 of /proc/PID/stat); `0` where there is no /proc. */
  readonly startTime: string;
  /** 8 hex digits for the host and its process namespace: a pid means nothing elsewhere. */
  readonly place: string;
}

const PATTERN = /^([1-9]\d{0,9})-(\d{1,20})-([0-9a-f]{8})-[0-9a-f]{8}$/;

/** Makes a name that says which process owns something: `<pid>-<start time>-<place>-<random>`. No two calls give the same. */
export function createProcessMark(): string {
  const { pid } = process;
  return `${pid}-${startTimeOf(pid) ?? "0"}-${thisPlace()}-${randomBytes(4).toString("hex")}`;
}

/** Reads what {@link createProcessMark} wrote, or undefined when `text` is something else. */
export function parseProcessMark(text: string): ProcessMark | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, pid = "", startTime = "", place = ""] = match;
  return { pid: Number(pid), startTime, place };
}

/** Whether the process runs. `unknown` for one of another host or container, whose processes cannot be seen from here. */
export function stateOfProcess(mark: ProcessMark): "running" | "gone" | "unknown" {
  if (mark.place !== thisPlace()) return "unknown";
  if (!hasProcess(mark.pid)) return "gone";
  // A pid is used again sooner or later; the start time tells the new process from the old.
  return mark.startTime === "0" || startTimeOf(mark.pid) === mark.startTime ? "running" : "gone";
}

export function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function thisPlace(): string {
  const text = `${hostname()}\n${processNamespace()}`;
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
