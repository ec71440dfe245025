import { formatDuration, formatSize, MIB, MINUTE_MS, quote } from "../../base/index.ts";
import { findings } from "./finding.ts";
import type { DoctorFinding } from "./types.ts";

/** S3 refuses requests that are signed further away from its own time. */
const REFUSED_MS: number = 15 * MINUTE_MS;
/** Further away, retention and "ten minutes ago" begin to mean something else. */
const TOLERATED_MS: number = MINUTE_MS;
/** Beside the largest database: its log, the report, what other programs write meanwhile. */
const SPARE_BYTES: number = 64 * MIB;

/**
 * This machine's clock against a service's.
 * @param aheadMs - How much this machine is ahead of the service; undefined where no service told its time.
 */
export function judgeClock(aheadMs: number | undefined, service: string): DoctorFinding {
  const { ok, note, warning, problem } = findings("clock");
  if (aheadMs === undefined) {
    return note("no storage told its time, so this machine's clock was compared with nothing");
  }
  const off = Math.abs(aheadMs);
  if (off <= TOLERATED_MS) return ok(`this machine's clock agrees with ${service}'s`);
  const how = `${formatDuration(off)} ${aheadMs > 0 ? "ahead of" : "behind"} ${service}'s`;
  const fix = "let the machine take its time from the network: timedatectl set-ntp true";
  if (off < REFUSED_MS) return warning(`this machine's clock is ${how}`, fix);
  return problem(`this machine's clock is ${how}: S3 refuses such requests`, fix);
}

/** @param version - `24.16.0` or `v24.16.0` */
export function judgeNode(version: string): DoctorFinding {
  const { ok, problem } = findings("node-version");
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isSupported = (major === 24 && minor >= 16) || (major === 26 && minor >= 1) || major > 26;
  if (isSupported) return ok(`Node ${version.replace(/^v/, "")}`);
  return problem(
    `Node ${version.replace(/^v/, "")} is not one that Clawback is made for`,
    "install Node 24.16 or newer, as OpenClaw itself needs",
  );
}

export interface OpenClawFacts {
  /** On PATH. */
  readonly installed: string | undefined;
  /** As the newest backup recorded it. */
  readonly backedUp: string | undefined;
}

export function judgeOpenClaw({ installed, backedUp }: OpenClawFacts): DoctorFinding {
  const { ok, note } = findings("openclaw-version");
  if (installed === undefined) {
    return note(
      "no openclaw is on this PATH, so backups made here do not record its version",
      "start Clawback with the PATH that OpenClaw is started with",
    );
  }
  if (backedUp === undefined || backedUp === "unknown" || backedUp === installed) {
    return ok(`OpenClaw ${installed}`);
  }
  return note(
    `OpenClaw ${installed} is installed, and the newest backup was made with ${backedUp}`,
    "clawback create after-update",
  );
}

export interface SpaceFacts {
  /** Where databases are copied to. */
  readonly place: string;
  readonly availableBytes: number;
  readonly largestDatabaseBytes: number;
  /** Where a restore would stage; undefined without a backup. */
  readonly restore?:
    | { readonly place: string; readonly availableBytes: number; readonly neededBytes: number }
    | undefined;
}

/** Space for the copy of the largest database, and for a whole restore beside what is there. */
export function judgeSpace(facts: SpaceFacts): DoctorFinding[] {
  const { place, availableBytes, largestDatabaseBytes, restore } = facts;
  const { ok, problem } = findings("space-for-copies");
  const needed = largestDatabaseBytes + SPARE_BYTES;
  const free = `${formatSize(availableBytes)} free at ${quote(place)}`;
  const copies =
    availableBytes >= needed
      ? ok(`${free}, the largest database has ${formatSize(largestDatabaseBytes)}`)
      : problem(
          `${free}, and copying the largest database takes ${formatSize(needed)}: backups will leave it out`,
          "make room on that disk, or move the home to a larger one with CLAWBACK_HOME",
        );
  return restore === undefined ? [copies] : [copies, judgeRestoreSpace(restore)];
}

function judgeRestoreSpace(restore: NonNullable<SpaceFacts["restore"]>): DoctorFinding {
  const { ok, warning } = findings("space-for-restore");
  const { place, availableBytes, neededBytes } = restore;
  const free = `${formatSize(availableBytes)} free at ${quote(place)}`;
  if (availableBytes >= neededBytes + SPARE_BYTES) return ok(`${free}, enough for a restore`);
  return warning(
    `${free}, and a restore of the newest backup needs ${formatSize(neededBytes)} beside what is there`,
    "make room on that disk, or restore elsewhere with --target",
  );
}

export interface AgeFacts {
  /** Of the newest whole backup, and of the newest that was read back. */
  readonly newestAgeMs?: number | undefined;
  readonly verifiedAgeMs?: number | undefined;
  /** What is wrong with that, in sentences. */
  readonly staleness: readonly string[];
}

/** Age of the newest and the newest verified backup, as `status` judges them. */
export function judgeBackups({ newestAgeMs, verifiedAgeMs, staleness }: AgeFacts): DoctorFinding[] {
  const last = findings("last-backup");
  const verified = findings("last-verified-backup");
  const ago = (ms: number): string => `${formatDuration(ms)} ago`;
  const problems = staleness.map((text) =>
    /verified/.test(text)
      ? verified.problem(text, "clawback verify latest")
      : /^job /.test(text)
        ? findings("last-run").problem(text, "clawback runs shows why")
        : last.problem(text, "clawback snapshot"),
  );
  const has = (code: string): boolean => problems.some((each) => each.code === code);
  const found = [...problems];
  if (newestAgeMs !== undefined && !has("last-backup")) {
    found.push(last.ok(`made ${ago(newestAgeMs)}`));
  }
  if (verifiedAgeMs !== undefined) {
    if (!has("last-verified-backup")) found.push(verified.ok(`made ${ago(verifiedAgeMs)}`));
  } else if (newestAgeMs !== undefined && !has("last-verified-backup")) {
    found.push(verified.warning("no backup was ever verified", "clawback verify latest"));
  }
  return found;
}
