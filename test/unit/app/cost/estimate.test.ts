import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PRICE_DATA } from "../../../../config/prices.ts";
import {
  costOf,
  type Price,
  usageOfArchives,
  usageOfSnapshots,
} from "../../../../lib/app/cost/estimate.ts";
import { findPrice } from "../../../../lib/app/cost/prices.ts";
import { countKept, rhythmOf } from "../../../../lib/app/cost/rhythm.ts";
import { GIB } from "../../../../lib/base/index.ts";
import { DEFAULT_POLICIES } from "../../../../lib/retention/index.ts";
import type { S3StorageSettings } from "../../../../lib/settings/index.ts";
import { STORAGE_PRESETS } from "../../../../lib/storage/index.ts";
import { testApp } from "../../../helpers/app.ts";

const AWS: Price = PRICE_DATA.services.aws;
const now = new Date("2026-11-21T12:00:00Z");
const daily = { perMonth: 30, kept: 30, wholeBytes: GIB, recoverableDays: 0 };

describe("1 GB a day, 30 kept, on AWS", () => {
  test("costs about 0.70 dollars a month as full archives, as the seed says", () => {
    const cost = costOf(AWS, { ...usageOfArchives(daily), hasKmsKey: false });
    expect(cost.storage).toBeCloseTo(0.69, 10);
    expect(cost.total).toBeGreaterThan(0.69);
    expect(cost.total).toBeLessThan(0.75);
    expect(cost.kms).toBe(0);
  });

  test("costs a twentieth of that in storage as snapshots of which 2 % change, beside the key", () => {
    const cost = costOf(AWS, { ...usageOfSnapshots(daily, 0.02 * GIB), hasKmsKey: true });
    expect(cost.storage).toBeCloseTo(0.023 * (1 + 29 * 0.02), 10);
    expect(cost.storage).toBeLessThan(0.04);
    expect(cost.kms).toBeCloseTo(1, 2);
    expect(cost.total).toBeCloseTo(cost.storage + cost.requests + cost.kms, 10);
  });

  test("costs as much again as long as versions keep what was removed for 30 days", () => {
    const usage = usageOfArchives({ ...daily, recoverableDays: 30 });
    const { storage, recoverable } = costOf(AWS, { ...usage, hasKmsKey: false });
    expect(recoverable).toBeCloseTo(storage, 10);
  });
});

test("a service's least is asked for however little is stored", () => {
  const price: Price = PRICE_DATA.services.wasabi;
  const usage = usageOfSnapshots({ ...daily, kept: 1 }, 0);
  expect(costOf(price, { ...usage, hasKmsKey: false }).total).toBe(6.99);
});

test("the policy itself tells how many backups there are in the long run", () => {
  const archive = { kind: "archive", now } as const;
  expect(countKept(30, { last: 30 }, archive)).toBeLessThanOrEqual(31);
  expect(countKept(30, { last: 30 }, archive)).toBeGreaterThanOrEqual(30);
  expect(countKept(0, { last: 30 }, archive)).toBe(0);
  const hourly = rhythmOf("5 * * * *", DEFAULT_POLICIES.snapshot, { kind: "snapshot", now });
  expect(hourly.perMonth).toBe(720);
  expect(hourly.kept).toBeGreaterThan(80);
  expect(hourly.kept).toBeLessThan(100);
  const weekly = rhythmOf("5 3 * * 0", DEFAULT_POLICIES.archive, archive);
  expect(weekly.perMonth).toBeCloseTo(4.3, 1);
  expect(weekly.kept).toBeLessThanOrEqual(6);
  expect(rhythmOf(undefined, DEFAULT_POLICIES.archive, archive)).toEqual({ perMonth: 0, kept: 0 });
});

test("every service with a price is one that is known", () => {
  const known = STORAGE_PRESETS.map(({ id }) => id);
  expect(Object.keys(PRICE_DATA.services).filter((id) => !known.includes(id))).toEqual([]);
  expect(PRICE_DATA.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});

test("prices of one's own stand before the table's, field by field, and wrong ones are named", async () => {
  await using world = await testApp();
  const { app, user } = world;
  const bucket = { bucket: "b", prefix: "", sse: "none", plaintext: false } as const;
  const storage: S3StorageSettings = {
    id: "s3",
    type: "s3",
    preset: "aws",
    region: "eu-central-1",
    ...bucket,
  };
  expect(findPrice(app, storage)).toMatchObject({ service: "Amazon S3", asOf: PRICE_DATA.asOf });
  expect(
    findPrice(app, { ...storage, preset: "minio", endpoint: "http://127.0.0.1:9" }),
  ).toBeUndefined();
  const path = user.join(".clawback/prices.json");
  writeFileSync(path, '{"aws": {"gigabyteMonth": 0.0245}, "minio": {"gigabyteMonth": 0.001}}');
  expect(findPrice(app, storage)).toMatchObject({
    asOf: "prices.json",
    price: { gigabyteMonth: 0.0245, thousandWrites: 0.005 },
  });
  expect(
    findPrice(app, { ...storage, preset: "minio", endpoint: "http://127.0.0.1:9" })?.price,
  ).toMatchObject({ gigabyteMonth: 0.001, thousandReads: 0 });
  writeFileSync(path, '{"aws": {"storage": 1}}');
  expect(() => findPrice(app, storage)).toThrow(/prices .*prices\.json" are not understood/);
  writeFileSync(path, "{");
  expect(() => findPrice(app, storage)).toThrow(/not JSON/);
});
