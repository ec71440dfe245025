import { escapeText } from "../../base/index.ts";
import { type Path, pathExists } from "../../filesystem/index.ts";
import { provesUnused } from "../../sqlite/index.ts";
import type { GatewayState, Installation } from "../types.ts";
import { type Host, realHost } from "./host.ts";
import { type GatewayLock, readGatewayLocks } from "./lock.ts";

type Running = Extract<GatewayState, { status: "running" }>;

/**
 * Whether a Gateway, or another OpenClaw process that owns the state, uses the installation. Reads only; starts nothing.
 *
 * A lock file whose process is seen here, with the start time it wrote down, is a running one. A lock file whose process is not
 * seen may be a container's, or what SIGKILL or a power cut left: then the databases decide. A running OpenClaw keeps them
 * open, and SQLite's locks on an open database hold throughout a kernel, containers included; so if every one opens exclusively,
 * the lock is a dead one's. That proof is not taken where another kernel may be at work (a network filesystem, a virtual
 * machine's shared folder) and the lock was not written on this one: there an unseen lock counts as running until a person
 * removes it. Without a lock, a database in use shows an OpenClaw that keeps its locks elsewhere.
 */
export async function findGateway(installation: Installation): Promise<GatewayState> {
  return findGatewayOn(installation, realHost());
}

/** {@link findGateway} as a given host sees it. */
export function findGatewayOn(installation: Installation, host: Host): GatewayState {
  const locks = readGatewayLocks(installation.stateDir);
  const seen = locks.find((lock) => isSeen(lock, host));
  if (seen !== undefined) return running(seen, "lock", `process ${seen.pid} holds ${seen.path}`);
  const uses = databasesOf(installation, locks).map((path) => ({ path, use: useOf(path) }));
  const inUse = uses.find(({ use }) => use === "in-use");
  if (inUse !== undefined) return runningWith(inUse.path, locks, host);
  const hasProof = uses.some(({ use }) => use === "unused");
  const isShared = host.isShared(installation.stateDir);
  const open = locks.find((lock) => !hasProof || (isShared && !host.isOwn(lock)));
  return open === undefined ? { status: "stopped" } : running(open, "foreign-lock", describe(open));
}

/** The databases that OpenClaw has open while it runs, and the empty ones beside its locks that it holds for nothing else. */
function databasesOf(installation: Installation, locks: readonly GatewayLock[]): readonly Path[] {
  const coordinators = locks.map(({ path }) => `${path}.sqlite`);
  return [...installation.essentialDatabases, ...coordinators.filter((path) => pathExists(path))];
}

/** What to say when a database is in use, and no lock's owner is known for certain. */
function runningWith(database: Path, locks: readonly GatewayLock[], host: Host): Running {
  const detail = `the database ${database} is in use`;
  const alive = locks.find(({ pid }) => pid !== undefined && host.startOf(pid) === "alive");
  if (alive !== undefined) {
    return running(alive, "lock", `process ${alive.pid} holds ${alive.path}, and ${detail}`);
  }
  const [unseen] = locks;
  if (unseen !== undefined) {
    return running(unseen, "foreign-lock", `${describe(unseen)}, and ${detail}`);
  }
  return { status: "running", pid: host.holderOf(database) ?? 0, evidence: "database", detail };
}

function isSeen({ pid, startTime }: GatewayLock, host: Host): boolean {
  if (pid === undefined || startTime === undefined) return false;
  return host.startOf(pid) === startTime;
}

/** A database that cannot be opened for another reason, such as damage, proves nothing: a restore may be what it waits for. */
function useOf(path: Path): "unused" | "in-use" | "unknown" {
  try {
    return provesUnused(path) ? "unused" : "in-use";
  } catch {
    return "unknown";
  }
}

function running(lock: GatewayLock, evidence: Running["evidence"], detail: string): Running {
  const role = lock.role === "gateway" ? "" : ` (${escapeText(lock.role)})`;
  return {
    status: "running",
    pid: lock.pid ?? 0,
    port: lock.port,
    evidence,
    detail: `${detail}${role}`,
    lockPath: lock.path,
  };
}

function describe({ path, pid }: GatewayLock): string {
  return pid === undefined
    ? `the lock ${path} does not say whose it is`
    : `the lock ${path} names process ${pid}, which is not seen here`;
}
