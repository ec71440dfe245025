import { MIB } from "../../base/index.ts";
import type { BlobType, Id } from "../types.ts";
import { DEFAULT_MAX_UNUSED, type MaxUnused, maxUnusedBytes } from "./max-unused.ts";

/** What of a pack is used. */
export interface PackUsage {
  readonly packId: Id;
  readonly type: BlobType | "mixed";
  readonly sizeBytes: number;
  readonly usedBlobs: number;
  readonly usedBytes: number;
  readonly unusedBlobs: number;
  readonly unusedBytes: number;
  /** Trees are stored uncompressed, as version 1 had them. */
  readonly hasPlainTrees: boolean;
}

export type PackDecision = "keep" | "repack" | "remove";

export interface RepackOptions {
  /** @default 5 % */
  readonly maxUnused?: MaxUnused | undefined;
  /** Of packs that are repacked; the rest is left for the next time. @default no limit */
  readonly maxRepackBytes?: number | undefined;
  /** A repository of version 1 cannot hold what is written here. @default true */
  readonly mayRepack?: boolean | undefined;
}

/** Smaller packs are gathered. */
const SMALL_PACK_BYTES: number = 4 * MIB;
/** When there are so many of a type: a few small ones cost nobody anything. */
const MIN_SMALL_PACKS = 10;

/**
 * Decides what becomes of each pack: those without a used blob are removed, and the others are repacked in this order until enough is gained:
 * mixed ones and those with uncompressed trees, tree packs with any waste, because every client reads and caches them, small ones where
 * there are many, and then those with the greatest unused share, until no more than `maxUnused` stays.
 */
export function decidePacks(
  usages: readonly PackUsage[],
  options: RepackOptions = {},
): Map<Id, PackDecision> {
  const { maxUnused = DEFAULT_MAX_UNUSED, mayRepack = true } = options;
  const decisions = new Map<Id, PackDecision>();
  for (const { packId, usedBlobs } of usages) {
    decisions.set(packId, usedBlobs === 0 ? "remove" : "keep");
  }
  if (!mayRepack) return decisions;
  const used = usages.filter(({ usedBlobs }) => usedBlobs > 0);
  const usedBytes = used.reduce((sum, usage) => sum + usage.usedBytes, 0);
  const allowed = maxUnusedBytes(maxUnused, usedBytes);
  const small = smallPacks(used);
  let unused = used.reduce((sum, usage) => sum + usage.unusedBytes, 0);
  let left = options.maxRepackBytes ?? Number.POSITIVE_INFINITY;
  for (const usage of [...used].sort((a, b) => compare(a, b, small))) {
    const rank = rankOf(usage, small);
    if (rank === WASTE && (unused <= allowed || usage.unusedBytes === 0)) break;
    if (usage.sizeBytes > left) continue;
    decisions.set(usage.packId, "repack");
    left -= usage.sizeBytes;
    unused -= usage.unusedBytes;
  }
  return decisions;
}

const WASTE = 3;

function rankOf(usage: PackUsage, small: ReadonlySet<Id>): number {
  if (usage.type === "mixed" || usage.hasPlainTrees) return 0;
  if (usage.type === "tree" && usage.unusedBlobs > 0) return 1;
  return small.has(usage.packId) ? 2 : WASTE;
}

function compare(a: PackUsage, b: PackUsage, small: ReadonlySet<Id>): number {
  const byRank = rankOf(a, small) - rankOf(b, small);
  if (byRank !== 0) return byRank;
  const byShare = b.unusedBytes / b.sizeBytes - a.unusedBytes / a.sizeBytes;
  return byShare || (a.packId < b.packId ? -1 : 1);
}

function smallPacks(usages: readonly PackUsage[]): Set<Id> {
  const small = usages.filter(({ sizeBytes }) => sizeBytes < SMALL_PACK_BYTES);
  const byType = Map.groupBy(small, ({ type }) => type);
  const gathered = [...byType.values()].filter(({ length }) => length >= MIN_SMALL_PACKS);
  return new Set(gathered.flat().map(({ packId }) => packId));
}
