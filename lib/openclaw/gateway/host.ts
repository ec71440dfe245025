import { isSameOrInside, type Path, readTextIfExists, statPath } from "../../filesystem/index.ts";
import type { GatewayLock } from "./lock.ts";

/** What the operating system tells of processes, locks and mounts. A test can put its own in place. */
export interface Host {
  /** When a process started, in the unit of the lock's `startTime`; `alive` when only that it runs is known, undefined when no such process is seen. */
  startOf(pid: number): number | "alive" | undefined;
  /** Whether a lock was written by a process of this machine's kernel since it was started. */
  isOwn(lock: GatewayLock): boolean;
  /** Whether another machine's kernel could have the directory in use as well, so that its locks are not seen here. */
  isShared(path: Path): boolean;
  /** The process that holds a lock on a file, when it can be known. */
  holderOf(path: Path): number | undefined;
}

const MAX_PROC_BYTES = 8 * 1024 * 1024;
/** Kernel clock ticks a second as user programs see them; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** The lock is written while the process starts; the clock may have been set since boot. */
const START_TO_LOCK_MS = { min: -5 * 60_000, max: 60 * 60_000 };
/** Filesystems whose files several kernels can have open: networks, clusters, and folders shared with a virtual machine. */
const SHARED_FILESYSTEM =
  /^(nfs\d*|cifs|smb\d*|smbfs|9p|virtiofs|ceph|fuse\.\S+|fuse|fuseblk|lustre|gfs2|ocfs2|afs|glusterfs|beegfs|vboxsf|vmhgfs|prl_fs|drvfs|osxfs|grpcfuse)$/;

/** The machine that this process runs on. */
export function realHost(platform: NodeJS.Platform = process.platform): Host {
  if (platform === "linux") {
    return { startOf: startOnLinux, isOwn: isOwnOnLinux, isShared: isSharedOnLinux, holderOf };
  }
  return {
    startOf: (pid) => (isAlive(pid) ? "alive" : undefined),
    isOwn: ({ startTime, createdAt }) => fits(startTime && startTime * 1000, createdAt),
    // A container here runs in a virtual machine: under another kernel, whose locks on shared folders are not seen.
    isShared: () => true,
    holderOf: () => undefined,
  };
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold anything, so fields are counted behind its last bracket. */
function startOnLinux(pid: number): number | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  // A zombie has released everything, and only waits to be counted.
  if (state === undefined || state === "Z" || state === "X") return undefined;
  const start = Number(fields[18]);
  return Number.isSafeInteger(start) ? start : undefined;
}

function isOwnOnLinux({ startTime, createdAt }: GatewayLock): boolean {
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readProc("/proc/stat") ?? "")?.[1]);
  if (startTime === undefined || Number.isNaN(bootSeconds)) return false;
  return fits((bootSeconds + startTime / TICKS_PER_SECOND) * 1000, createdAt);
}

function fits(startMs: number | undefined, createdAt: Date | undefined): boolean {
  if (startMs === undefined || createdAt === undefined) return false;
  const waitMs = createdAt.getTime() - startMs;
  return waitMs >= START_TO_LOCK_MS.min && waitMs <= START_TO_LOCK_MS.max;
}

function isSharedOnLinux(path: Path): boolean {
  return isOnSharedMount(path, readProc("/proc/self/mountinfo") ?? "");
}

/**
 * Whether the mount that holds a path is of a kind that several kernels can have open; without a table of mounts, it may be.
 * @param mountInfo - As in /proc/self/mountinfo.
 */
export function isOnSharedMount(path: Path, mountInfo: string): boolean {
  const lines = mountInfo.split("\n");
  const mounts = lines.flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ", 2);
    const point = before.split(" ")[4];
    const type = after.split(" ")[0];
    return point === undefined || type === undefined ? [] : [{ point: unescapeMount(point), type }];
  });
  const holding = mounts
    .filter(({ point }) => isSameOrInside(path, point))
    // Of mounts over one another, the last one counts.
    .reduce<{ point: Path; type: string } | undefined>(
      (best, mount) =>
        best === undefined || mount.point.length >= best.point.length ? mount : best,
      undefined,
    );
  return holding === undefined || SHARED_FILESYSTEM.test(holding.type);
}

function unescapeMount(point: string): Path {
  return point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** /proc/locks names files by device and inode, and shows only processes of this one's process namespace. */
function holderOf(path: Path): number | undefined {
  const stat = statPath(path);
  if (stat === undefined) return undefined;
  for (const line of (readProc("/proc/locks") ?? "").split("\n")) {
    const [, pid, inode] = /^\d+: POSIX .* (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line) ?? [];
    if (inode === String(stat.ino) && Number(pid) > 0) return Number(pid);
  }
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function readProc(path: Path): string | undefined {
  try {
    return readTextIfExists(path, MAX_PROC_BYTES);
  } catch {
    return undefined;
  }
}
