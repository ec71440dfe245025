import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  checkRepository,
  decidePacks,
  type PackUsage,
  parseMaxUnused,
  planPrune,
  pruneRepository,
  type Repository,
  repairIndex,
} from "../../../../lib/repository/index.ts";
import { MemoryStorage } from "../../../../lib/storage/index.ts";
import { keysOf, writeSnapshot } from "../../../helpers/care-scene.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";
import { initTestRepository } from "../../../helpers/repository.ts";

const HOUR_MS = 60 * 60 * 1000;
const all = { readData: { type: "all" } } as const;

async function sample() {
  const clock = fakeClock();
  const storage = new MemoryStorage({ clock });
  const repository = await initTestRepository({ storage, clock });
  return { clock, storage, repository };
}

async function assertSound(repository: Repository, snapshots: number): Promise<void> {
  const report = await checkRepository(repository, all);
  expect(report.findings).toEqual([]);
  expect(report.checked.snapshots).toBe(snapshots);
}

test("what no snapshot needs leaves the index now, and the storage a day later", async () => {
  const { clock, storage, repository } = await sample();
  const keep = await writeSnapshot(repository, { "kept.txt": randomBytes(5000) });
  const forget = await writeSnapshot(repository, { "gone.txt": randomBytes(9000) });
  await repository.storedFiles.delete("snapshot", forget.id);
  clock.advance(48 * HOUR_MS);
  const report = await pruneRepository(repository);
  expect(report).toMatchObject({ removed: { count: 2 }, deleted: { count: 0 }, rescued: 0 });
  expect((await repository.loadIndex()).packCount).toBe(2);
  expect(await keysOf(storage, "data/")).toHaveLength(4);
  await assertSound(repository, 1);
  clock.advance(23 * HOUR_MS);
  expect(await pruneRepository(repository)).toMatchObject({ deleted: { count: 0 } });
  await writeSnapshot(repository, { "more.txt": randomBytes(100) });
  clock.advance(HOUR_MS);
  expect((await planPrune(repository)).packs.delete.count).toBe(2);
  expect(await pruneRepository(repository)).toMatchObject({ deleted: { count: 2 } });
  expect(await keysOf(storage, "data/")).toHaveLength(4);
  await assertSound(repository, 2);
  expect(keep.id).not.toBe(forget.id);
});

test("a pack that is partly used is repacked, and duplicates go", async () => {
  const { clock, storage, repository } = await sample();
  const kept = randomBytes(4000);
  const { id } = await writeSnapshot(repository, { a: kept, b: randomBytes(8000) });
  await writeSnapshot(repository, { a: kept });
  await repository.storedFiles.delete("snapshot", id);
  const plan = await planPrune(repository);
  expect(plan).toMatchObject({ packs: { repack: { count: 1 }, remove: { count: 1 } } });
  const report = await pruneRepository(repository);
  expect(report.writtenBytes).toBe(4032);
  await assertSound(repository, 1);
  clock.advance(25 * HOUR_MS);
  await pruneRepository(repository);
  expect(await keysOf(storage, "data/")).toHaveLength(2);
  await assertSound(repository, 1);
});

test("a plan changes nothing", async () => {
  const { storage, repository } = await sample();
  const { id } = await writeSnapshot(repository, { a: randomBytes(10) });
  await repository.storedFiles.delete("snapshot", id);
  const before = await keysOf(storage, "");
  expect(await planPrune(repository)).toMatchObject({ snapshots: 0, removeIds: { length: 2 } });
  expect(await keysOf(storage, "")).toEqual(before);
});

test("many small packs and many index files become few", async () => {
  const { repository, storage } = await sample();
  for (let n = 0; n < 20; n++) await writeSnapshot(repository, { [`f${n}`]: randomBytes(300) });
  expect(await keysOf(storage, "index/")).toHaveLength(20);
  await pruneRepository(repository);
  expect((await repository.loadIndex()).packCount).toBe(2);
  expect((await keysOf(storage, "index/")).length).toBeLessThan(4);
  await assertSound(repository, 20);
});

describe("it refuses, and changes nothing,", () => {
  test.each([
    ["when a needed pack is missing", "data/", "delete", "data-missing"],
    ["when a needed pack has another size", "data/", "cut", "data-corrupt"],
    ["when an index is missing", "index/", "delete", "index-incomplete"],
    ["when an index is damaged", "index/", "cut", "data-corrupt"],
    ["when a snapshot cannot be read", "snapshots/", "cut", "data-corrupt"],
  ])("%s", async (_, prefix, how, code) => {
    const { repository, storage } = await sample();
    await writeSnapshot(repository, { a: randomBytes(10) });
    const index = await repository.loadIndex();
    const data = index.find(
      [...index.blobs()].find(({ type }) => type === "data") ?? { type: "data", id: "" },
    );
    const [first = ""] = await keysOf(storage, prefix);
    const key = prefix === "data/" ? `data/${data?.packId.slice(0, 2)}/${data?.packId}` : first;
    const bytes = await storage.get(key, 1e9);
    await storage.delete(key);
    if (how === "cut") await storage.put(key, bytes.subarray(1));
    const before = await keysOf(storage, "");
    await expect(pruneRepository(repository)).rejects.toMatchObject({ code });
    expect(await keysOf(storage, "")).toEqual(before);
  });
});

test("a snapshot that is made between plan and publication keeps the packs it needs", async () => {
  const { repository, clock } = await sample();
  const files = { a: randomBytes(4000) };
  const { id } = await writeSnapshot(repository, files);
  await repository.storedFiles.delete("snapshot", id);
  let isBetween = true;
  const racing: Repository = {
    ...repository,
    lock: async (options) => {
      if (options?.exclusive && isBetween) {
        isBetween = false;
        await writeSnapshot(repository, files);
      }
      return await repository.lock(options);
    },
  };
  const report = await pruneRepository(racing);
  expect(report).toMatchObject({ rescued: 2, removed: { count: 0 } });
  await assertSound(repository, 1);
  clock.advance(48 * HOUR_MS);
  await pruneRepository(repository);
  await assertSound(repository, 1);
});

test("when somebody else pruned in between, nothing is removed", async () => {
  const { repository } = await sample();
  const { id } = await writeSnapshot(repository, { a: randomBytes(4000) });
  await writeSnapshot(repository, { b: randomBytes(4000) });
  await repository.storedFiles.delete("snapshot", id);
  let isBetween = true;
  const racing: Repository = {
    ...repository,
    lock: async (options) => {
      if (options?.exclusive && isBetween) {
        isBetween = false;
        await pruneRepository(repository);
      }
      return await repository.lock(options);
    },
  };
  await expect(pruneRepository(racing)).rejects.toMatchObject({ code: "plan-outdated" });
  await assertSound(repository, 1);
});

test("a pack that went back into the index before its deletion stays", async () => {
  const { repository, clock, storage } = await sample();
  const { id } = await writeSnapshot(repository, { a: randomBytes(4000) });
  await repository.storedFiles.delete("snapshot", id);
  await pruneRepository(repository);
  clock.advance(25 * HOUR_MS);
  let shared = 0;
  const racing: Repository = {
    ...repository,
    lock: async (options) => {
      if (!options?.exclusive && ++shared === 2) await repairIndex(repository);
      return await repository.lock(options);
    },
  };
  expect(await pruneRepository(racing)).toMatchObject({ deleted: { count: 0 } });
  expect(await keysOf(storage, "data/")).toHaveLength(2);
  await assertSound(repository, 0);
});

describe("what is decided for packs", () => {
  const usage = (packId: string, fields: Partial<PackUsage>): PackUsage => {
    const size = { sizeBytes: 16_000_000, usedBlobs: 1, usedBytes: 16_000_000 };
    return {
      packId,
      type: "data",
      unusedBlobs: 0,
      unusedBytes: 0,
      hasPlainTrees: false,
      ...size,
      ...fields,
    };
  };
  const wasted = (packId: string, share: number) =>
    usage(packId, { usedBytes: 16e6 * (1 - share), unusedBytes: 16e6 * share, unusedBlobs: 1 });
  const decide = (usages: PackUsage[], options = {}) => [...decidePacks(usages, options).values()];

  test("those with the greatest unused share are repacked until little enough stays", () => {
    const usages = [wasted("a", 0.02), wasted("b", 0.9), wasted("c", 0.3), wasted("d", 0.01)];
    expect(decide(usages)).toEqual(["keep", "repack", "repack", "keep"]);
    expect(decide(usages, { maxUnused: parseMaxUnused("0%") })).not.toContain("keep");
    expect(decide(usages, { maxUnused: parseMaxUnused("unlimited") })).not.toContain("repack");
    expect(decide(usages, { maxUnused: parseMaxUnused("6M") })).toEqual([
      "keep",
      "repack",
      "keep",
      "keep",
    ]);
  });
  test("no more is repacked than allowed", () => {
    expect(decide([wasted("a", 0.5), wasted("b", 0.9)], { maxRepackBytes: 16e6 })).toEqual([
      "keep",
      "repack",
    ]);
  });
  test("mixed packs, uncompressed trees and trees with waste are always repacked", () => {
    const tree = { type: "tree", unusedBlobs: 1, unusedBytes: 1 } as const;
    const usages = [
      usage("a", { type: "mixed" }),
      usage("b", { type: "tree", hasPlainTrees: true }),
      usage("c", tree),
    ];
    expect(decide(usages)).toEqual(["repack", "repack", "repack"]);
    expect(decide(usages, { mayRepack: false })).toEqual(["keep", "keep", "keep"]);
  });
  test.each(["100%", "x", "-1"])("%j is refused as what may stay unused", (text) => {
    expect(() => parseMaxUnused(text)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });
});
