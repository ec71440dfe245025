import { expect, test } from "vitest";
import { estimateStorages } from "../../../../lib/app/cost/index.ts";
import { type AppContext, estimatePlanned } from "../../../../lib/app/index.ts";
import { GIB, MIB } from "../../../../lib/base/index.ts";
import type { Backup } from "../../../../lib/catalog/index.ts";
import type { StorageSettings } from "../../../../lib/settings/index.ts";
import { testApp } from "../../../helpers/app.ts";
import { retainedEvery } from "../../../helpers/retained-backups.ts";

const BUCKET: StorageSettings = {
  ...{ id: "s3", type: "s3", preset: "aws", bucket: "b", prefix: "", sse: "kms", kmsKey: "k" },
  // Nothing answers there.
  ...{ region: "us-east-1", endpoint: "http://127.0.0.1:9", plaintext: false },
};

/** The same application with a bucket as its default storage. */
function withBucket(app: AppContext, jobs: AppContext["settings"]["jobs"] = {}): AppContext {
  const settings = { ...app.settings, storages: [BUCKET], defaultStorage: "s3", jobs };
  return { ...app, settings };
}

const snapshotsOf = (addedBytes: number, wholeBytes: number): Backup[] =>
  retainedEvery(24, 20, "2026-11-21T00:00:00Z").map((backup, i) => ({
    ...(backup as Backup),
    ...{ storage: "s3", sizeBytes: GIB, storedBytes: i === 19 ? wholeBytes : addedBytes },
  }));

test("a directory costs nothing that is known, and neither does an instance without storage", async () => {
  await using world = await testApp();
  expect(await estimatePlanned(world.app, GIB)).toBeUndefined();
  expect(estimateStorages(world.app, [])).toEqual([]);
});

test("before the first backup sizes are assumed, and a storage that does not answer is not waited for", async () => {
  await using world = await testApp();
  const cost = await estimatePlanned(withBucket(world.app), GIB);
  expect(cost).toMatchObject({
    ...{ storage: "s3", service: "Amazon S3", currency: "USD" },
    archives: { wholeBytes: GIB },
    snapshots: { isAssumed: true, wholeBytes: GIB, perMonth: 720 },
  });
  expect(cost?.archives.cost.storage).toBeGreaterThan(cost?.snapshots.cost.storage ?? 0);
});

test("afterwards what was stored tells, now and in the long run", async () => {
  await using world = await testApp();
  const app = withBucket(world.app, { archive: { at: "off" }, snapshot: { at: "daily" } });
  const [cost, ...more] = estimateStorages(app, snapshotsOf(10 * MIB, 500 * MIB));
  expect(more).toEqual([]);
  expect(cost?.now.storage).toBeCloseTo((0.023 * (500 + 19 * 10)) / 1024, 6);
  expect(cost?.now.kms).toBeCloseTo(1, 2);
  // The default keeps more than the twenty days that there are; 500 MB is still the most of it.
  expect(cost?.projected.storage).toBeGreaterThan(cost?.now.storage ?? 0);
  expect(cost?.projected.storage).toBeLessThan((0.023 * (500 + 60 * 10)) / 1024);
  expect(cost?.projected.recoverable).toBeCloseTo((0.023 * 300) / 1024, 4);
});

test("a storage that no job adds to stays as it is", async () => {
  await using world = await testApp();
  const off = {
    archive: { at: "off", storage: "other" },
    snapshot: { at: "off", storage: "other" },
  };
  const [cost] = estimateStorages(withBucket(world.app, off), snapshotsOf(MIB, MIB));
  expect(cost?.projected).toEqual(cost?.now);
});
