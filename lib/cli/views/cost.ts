import type { KindCost, MonthlyCost, PlannedCost, StorageCost } from "../../app/index.ts";
import { formatSize } from "../../base/index.ts";

/** What a dry run says of money; nothing where no price is known. */
export function formatPlannedCost(cost: PlannedCost | undefined): string[] {
  if (cost === undefined) return [];
  const { service, asOf, note, archives, snapshots } = cost;
  const { kms } = archives.cost;
  const key = kms === 0 ? "" : `, ${dollars(kms)} of it for the KMS key`;
  const assumed = snapshots.isAssumed ? ", assuming that 2 % changes in a day" : "";
  return [
    "",
    `About what it costs a month at ${service} in the long run (${pricesOf(asOf)}${note === undefined ? "" : `: ${note}`}):`,
    `  as archives, ${describe(archives)}: ${dollars(archives.cost.total)}${key}`,
    `  as snapshots, ${describe(snapshots)}${assumed}: ${dollars(snapshots.cost.total)}${key}`,
  ];
}

function describe({ kept, wholeBytes, addedBytes }: KindCost): string {
  if (addedBytes === undefined) return `${kept} of ${formatSize(wholeBytes)} kept`;
  return `${kept} kept, ${formatSize(wholeBytes)} and ${formatSize(addedBytes)} for each one more`;
}

/** One line of `status` for each storage with a price. */
export function formatStorageCosts(costs: readonly StorageCost[]): string[] {
  return costs.map(({ storage, service, asOf, now, projected }) => {
    const parts = describeParts(projected);
    return `Cost of storage ${storage}: about ${dollars(now.total)} a month now, ${dollars(projected.total)} in the long run (${parts}; ${service}, ${pricesOf(asOf)})`;
  });
}

function describeParts({ storage, recoverable, requests, kms }: MonthlyCost): string {
  const parts: readonly (readonly [string, number])[] = [
    ["storage", storage],
    ["removed and recoverable", recoverable],
    ["requests", requests],
    ["KMS", kms],
  ];
  return parts.map(([name, amount]) => `${name} ${dollars(amount)}`).join(", ");
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

function pricesOf(asOf: string): string {
  return /^\d/.test(asOf) ? `prices of ${asOf}` : `prices from ${asOf}`;
}
