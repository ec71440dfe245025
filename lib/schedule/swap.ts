import { dirname } from "node:path";
import { BackupError, formatSize, MIB, quote } from "../base/index.ts";
import { freeSpace, pathExists, publishFile, readTextIfExists } from "../filesystem/index.ts";
import { startOrThrow, startProgram } from "./programs.ts";

const MAX_TABLE_BYTES = 1024 * 1024;
const MARK = "# written by clawback schedule swap";

export interface SwapOptions {
  /** Absolute. @default /swapfile.clawback */
  readonly path?: string | undefined;
  /** In whole MiB. @default 2 GiB */
  readonly sizeBytes?: number | undefined;
  /** Take ours away instead. @default false */
  readonly remove?: boolean | undefined;
  /** Where the system's tables lie. */
  readonly tables?: SwapTables | undefined;
}

export interface SwapTables {
  readonly fstab: string;
  /** Swap in use, as the kernel lists it. */
  readonly swaps: string;
}

/** Exactly what will be done for a small machine to outlive a peak of memory; plain data. */
export interface SwapPlan {
  readonly path: string;
  readonly sizeBytes: number;
  readonly remove: boolean;
  /** Programs to start, in order. */
  readonly commands: readonly (readonly string[])[];
  /** The table of mounts, before and after. */
  readonly fstab: { readonly path: string; readonly before: string; readonly after: string };
  /** Bytes of swap that there are without ours. */
  readonly otherSwapBytes: number;
  readonly notes: readonly string[];
  readonly isDone: boolean;
}

const TABLES: SwapTables = { fstab: "/etc/fstab", swaps: "/proc/swaps" };

/**
 * Says what makes a swap file of ours, or takes it away. Reads only.
 * @throws BackupError `no-space`, `target-not-empty` where something else lies there, `not-supported` where the kernel has no swap
 */
export async function planSwap(options: SwapOptions = {}): Promise<SwapPlan> {
  const { path = "/swapfile.clawback", sizeBytes = 2048 * MIB, remove = false } = options;
  const { fstab, swaps } = options.tables ?? TABLES;
  if (!/^\/[\w./-]+$/.test(path)) {
    throw new BackupError("invalid-argument", `${quote(path)} cannot stand in ${fstab}`, {
      hint: "give an absolute path without spaces",
    });
  }
  const before = readTextIfExists(fstab, MAX_TABLE_BYTES) ?? "";
  const inUse = readSwaps(swaps);
  const isOurs = before
    .split("\n")
    .some((line) => line.startsWith(`${path} `) && line.includes(MARK));
  const isActive = inUse.some((swap) => swap.path === path);
  const others = inUse.filter((swap) => swap.path !== path);
  const otherSwapBytes = others.reduce((sum, swap) => sum + swap.sizeBytes, 0);
  const base = { path, sizeBytes, remove, otherSwapBytes };
  if (remove) {
    const commands = isOurs ? [...(isActive ? [["swapoff", path]] : []), ["rm", "-f", path]] : [];
    const table = { path: fstab, before, after: withoutLine(before, path) };
    return { ...base, commands, fstab: table, notes: [], isDone: !isOurs };
  }
  if (isOurs && isActive) {
    const table = { path: fstab, before, after: before };
    return { ...base, commands: [], fstab: table, notes: [], isDone: true };
  }
  await assertRoom(path, sizeBytes, isOurs);
  const after = `${withoutLine(before, path)}${before === "" || before.endsWith("\n") ? "" : "\n"}${path} none swap sw,nofail 0 0 ${MARK}\n`;
  const notes =
    otherSwapBytes > 0 ? [`this machine has ${formatSize(otherSwapBytes)} of swap already`] : [];
  return {
    ...base,
    commands: makeSwap(path, sizeBytes),
    fstab: { path: fstab, before, after },
    notes,
    isDone: false,
  };
}

/**
 * Does what the plan says. The table is changed last, so that a machine never waits at its start for what is not there.
 * @throws BackupError `not-supported` when a program fails, such as for want of root's rights; `plan-outdated`
 */
export async function applySwap(
  plan: SwapPlan,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { path, before, after } = plan.fstab;
  if ((readTextIfExists(path, MAX_TABLE_BYTES) ?? "") !== before) {
    throw new BackupError("plan-outdated", `${quote(path)} was changed since it was shown`, {
      hint: "repeat the command",
    });
  }
  const write = async (): Promise<void> => {
    if (before !== after) await publishFile(path, after, { mode: 0o644, replace: true });
  };
  // Of what goes the line goes first.
  if (plan.remove) await write();
  try {
    for (const argv of plan.commands) await startOrThrow(argv, { variables });
  } catch (error) {
    // Half a swap file is of no use to anybody, and would be in the way of the next attempt.
    if (!plan.remove) await startProgram(["rm", "-f", plan.path], { variables });
    throw error;
  }
  if (!plan.remove) await write();
}

/** `dd` and not `fallocate`: a swap file with holes is refused by some file systems. */
function makeSwap(path: string, sizeBytes: number): string[][] {
  const count = Math.ceil(sizeBytes / MIB);
  return [
    ["dd", "if=/dev/zero", `of=${path}`, "bs=1M", `count=${count}`, "conv=fsync", "status=none"],
    ["chmod", "600", path],
    ["mkswap", path],
    ["swapon", path],
  ];
}

async function assertRoom(path: string, sizeBytes: number, isOurs: boolean): Promise<void> {
  if (!isOurs && pathExists(path)) {
    throw new BackupError(
      "target-not-empty",
      `${quote(path)} exists, and clawback did not make it`,
      {
        hint: "choose another place with --path",
      },
    );
  }
  const { availableBytes } = freeSpace(dirname(path));
  if (availableBytes > sizeBytes * 1.2) return;
  throw new BackupError(
    "no-space",
    `${formatSize(availableBytes)} are free beside ${quote(path)}, ${formatSize(sizeBytes)} and some more are needed`,
    { hint: "choose a smaller --size, or another place with --path" },
  );
}

function readSwaps(table: string): { path: string; sizeBytes: number }[] {
  const text = readTextIfExists(table, MAX_TABLE_BYTES);
  if (text === undefined) {
    throw new BackupError("not-supported", "this system keeps no list of swap in /proc", {
      hint: "swap files are made on Linux only; macOS manages its swap itself",
    });
  }
  const lines = text.split("\n").slice(1);
  return lines.flatMap((line) => {
    const [path, , kilobytes] = line.split(/\s+/);
    return path && kilobytes ? [{ path, sizeBytes: Number(kilobytes) * 1024 }] : [];
  });
}

function withoutLine(table: string, path: string): string {
  return table
    .split(/(?<=\n)/)
    .filter((line) => !(line.startsWith(`${path} `) && line.includes(MARK)))
    .join("");
}
