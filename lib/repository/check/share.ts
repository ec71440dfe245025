import { z } from "zod";
import { BackupError, DAY_MS } from "../../base/index.ts";
import { isId } from "../stored-file/index.ts";
import type { Id } from "../types.ts";
import type { ReadablePack } from "./selection.ts";

/** What a check remembers, as plain data. */
export interface CheckRecord {
  readonly repositoryId: Id;
  readonly chunkerPolynomial: string;
  readonly version: number;
  readonly checkedAt: string;
  /** What was there, so that its absence is told the next time. */
  readonly snapshots: readonly Id[];
  readonly keys: readonly Id[];
  /** When each pack was last read and found good, or, before that, first seen. */
  readonly packs: Readonly<Record<Id, { readonly at: string; readonly read: boolean }>>;
}

function buildSchema() {
  const id = z.string().refine(isId);
  const time = z.iso.datetime();
  return z.object({
    repositoryId: id,
    chunkerPolynomial: z.string(),
    version: z.number(),
    checkedAt: time,
    snapshots: z.array(id),
    keys: z.array(id),
    packs: z.record(z.string(), z.object({ at: time, read: z.boolean() })),
  });
}

/** @throws BackupError `data-corrupt` for what is no record */
export function parseCheckRecord(value: unknown): CheckRecord {
  const result = buildSchema().safeParse(value);
  if (result.success) return result.data;
  throw new BackupError("data-corrupt", "record of earlier checks is damaged", {
    hint: "delete it; the share begins anew",
  });
}

/**
 * Chooses what to read today so that every pack is read within `days`: those that were not read for so long, and else those that have
 * waited longest, as many bytes as are due for the time since the last check, so that no day has much more than another.
 *
 * Once it has run for `days`, no pack is older than that, however many were added meanwhile; each day at least one is read.
 */
export function planShare(
  packs: readonly ReadablePack[],
  record: CheckRecord | undefined,
  options: { readonly days: number; readonly now: Date },
): ReadablePack[] {
  const { days, now } = options;
  const nowMs = now.getTime();
  const waitingSince = (packId: Id): number => {
    const at = Date.parse(record?.packs[packId]?.at ?? "");
    return Number.isNaN(at) ? nowMs : Math.min(at, nowMs);
  };
  const sinceMs = record === undefined ? DAY_MS : nowMs - Date.parse(record.checkedAt);
  const totalBytes = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const share = Math.min(1, Math.max(0, sinceMs) / DAY_MS / days);
  let left = totalBytes * share;
  const isOverdue = (packId: Id): boolean => nowMs - waitingSince(packId) >= days * DAY_MS;
  const queue = [...packs].sort(
    (a, b) => waitingSince(a.packId) - waitingSince(b.packId) || (a.packId < b.packId ? -1 : 1),
  );
  const chosen: ReadablePack[] = [];
  for (const pack of queue) {
    if (chosen.length > 0 && left <= 0 && !isOverdue(pack.packId)) break;
    chosen.push(pack);
    left -= pack.sizeBytes;
  }
  return chosen;
}
