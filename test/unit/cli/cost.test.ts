import { expect, test } from "vitest";
import { PRICE_DATA } from "../../../config/prices.ts";
import { costOf, usageOfArchives, usageOfSnapshots } from "../../../lib/app/cost/estimate.ts";
import type { PlannedCost } from "../../../lib/app/index.ts";
import { GIB } from "../../../lib/base/index.ts";
import { formatPlannedCost, formatStorageCosts } from "../../../lib/cli/views/cost.ts";
import { formatMetrics } from "../../../lib/cli/views/metrics.ts";

const { aws } = PRICE_DATA.services;
const daily = { perMonth: 30, kept: 30, wholeBytes: GIB, recoverableDays: 0 };
const addedBytes = 0.02 * GIB;
const archives = costOf(aws, { ...usageOfArchives(daily), hasKmsKey: false });
const snapshots = costOf(aws, { ...usageOfSnapshots(daily, addedBytes), hasKmsKey: false });
const priced = {
  storage: "s3",
  service: "Amazon S3",
  asOf: "2026-11-21",
  currency: "USD",
} as const;

test("the seed's example, 1 GB a day of which 30 are kept, is shown beside what it costs as snapshots", () => {
  const planned: PlannedCost = {
    ...priced,
    note: "of us-east-1",
    archives: { ...daily, cost: archives },
    snapshots: { ...daily, addedBytes, isAssumed: true, cost: snapshots },
  };
  expect(formatPlannedCost(planned).join("\n")).toMatchInlineSnapshot(`
    "
    About what it costs a month at Amazon S3 in the long run (prices of 2026-11-21: of us-east-1):
      as archives, 30 of 1.07 GB kept: $0.72
      as snapshots, 30 kept, 1.07 GB and 21.5 MB for each one more, assuming that 2 % changes in a day: $0.04"
  `);
  expect(formatPlannedCost(undefined)).toEqual([]);
});

test("status says what a storage costs now and in the long run, and of what that consists", () => {
  const projected = costOf(aws, {
    ...usageOfArchives({ ...daily, recoverableDays: 30 }),
    hasKmsKey: true,
  });
  expect(formatStorageCosts([{ ...priced, now: archives, projected }])).toMatchInlineSnapshot(`
    [
      "Cost of storage s3: about $0.72 a month now, $2.41 in the long run (storage $0.69, removed and recoverable $0.69, requests $0.03, KMS $1.00; Amazon S3, prices of 2026-11-21)",
    ]
  `);
  const own = { ...priced, asOf: "prices.json", now: archives, projected };
  expect(formatStorageCosts([own]).join()).toContain("prices from prices.json");
});

test("a monitor is told the same", () => {
  const projected = costOf(aws, { ...usageOfArchives(daily), hasKmsKey: true });
  const report = {
    ...{ instance: "box", healthy: true, storages: [], jobs: [], recovery: {} },
    holdings: { archives: 0, snapshots: 0 },
    costs: [{ ...priced, now: archives, projected }],
  };
  const metrics = formatMetrics(report as never).split("\n");
  expect(metrics.filter((line) => line.startsWith("clawback_cost_dollars"))).toEqual([
    `clawback_cost_dollars{instance_name="box",storage="s3",when="now"} ${archives.total}`,
    `clawback_cost_dollars{instance_name="box",storage="s3",when="projected"} ${projected.total}`,
  ]);
});
