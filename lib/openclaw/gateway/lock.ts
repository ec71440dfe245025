import { posix } from "node:path";
import { listDirectory, type Path, readTextIfExists } from "../../filesystem/index.ts";
import { isConfigObject } from "../config/index.ts";

/** What a process that owns a state directory writes into it (openclaw-facts section 5). */
export interface GatewayLock {
  readonly path: Path;
  /** Undefined when the file does not tell; then nothing of the rest is known either. */
  readonly pid: number | undefined;
  readonly port: number | undefined;
  /** What the owner is: `gateway`, or another part of OpenClaw that must be alone. */
  readonly role: string;
  /** When the lock was written; undefined when it does not say. */
  readonly createdAt: Date | undefined;
  /** On Linux clock ticks since boot, as in /proc; on macOS seconds since 1970. Undefined in older versions. */
  readonly startTime: number | undefined;
}

const MAX_LOCK_BYTES = 64 * 1024;
const MAX_LOCKS = 50;

/** The locks in `tmp/openclaw-<uid>/`, of whichever user; the state directory's own first. A file that cannot be read is a lock, too. */
export function readGatewayLocks(stateDir: Path): readonly GatewayLock[] {
  const temporary = posix.join(stateDir, "tmp");
  const directories = list(temporary).filter((name) => /^openclaw(-\d+)?$/.test(name));
  return directories
    .flatMap((directory) =>
      list(posix.join(temporary, directory))
        .filter((name) => /^gateway\..+\.lock$/.test(name))
        .toSorted((a, b) => Number(isStateLock(b)) - Number(isStateLock(a)))
        .map((name) => posix.join(temporary, directory, name)),
    )
    .slice(0, MAX_LOCKS)
    .flatMap((path) => readLock(path) ?? []);
}

function isStateLock(name: string): boolean {
  return name === "gateway.state.lock";
}

function readLock(path: Path): GatewayLock | undefined {
  let text: string | undefined;
  try {
    text = readTextIfExists(path, MAX_LOCK_BYTES);
  } catch {
    text = "";
  }
  return text === undefined ? undefined : { path, ...parseLock(text) };
}

/** Reads JSON, perhaps followed by blanks; anything else is a lock that tells nothing. */
export function parseLock(text: string): Omit<GatewayLock, "path"> {
  const nothing = { pid: undefined, port: undefined, role: "gateway", createdAt: undefined };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ...nothing, startTime: undefined };
  }
  if (!isConfigObject(value)) return { ...nothing, startTime: undefined };
  const { pid, port, role, createdAt, startTime } = value;
  const created = typeof createdAt === "string" ? new Date(createdAt) : undefined;
  return {
    pid: isPositive(pid) ? pid : undefined,
    port: isPositive(port) && port < 65_536 ? port : undefined,
    role: typeof role === "string" ? role : "gateway",
    createdAt: created === undefined || Number.isNaN(created.getTime()) ? undefined : created,
    startTime: isPositive(startTime) ? startTime : undefined,
  };
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function list(directory: Path): readonly string[] {
  try {
    return listDirectory(directory) ?? [];
  } catch {
    return [];
  }
}
