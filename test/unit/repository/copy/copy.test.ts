import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { Secret } from "../../../../lib/base/index.ts";
import {
  checkRepository,
  copySnapshots,
  listSnapshots,
  type Repository,
} from "../../../../lib/repository/index.ts";
import { MemoryStorage } from "../../../../lib/storage/index.ts";
import { keysOf, writeSnapshot } from "../../../helpers/care-scene.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";
import { faultyStorage } from "../../../helpers/faulty-storage.ts";
import { initTestRepository } from "../../../helpers/repository.ts";

const OTHER_PASSWORD = new Secret("another one");

interface Scene {
  readonly source: Repository;
  readonly target: Repository;
  readonly stored: MemoryStorage;
}

async function scene(): Promise<Scene> {
  const source = await initTestRepository({ clock: fakeClock() });
  const stored = new MemoryStorage();
  const options = { storage: stored, clock: fakeClock(), password: OTHER_PASSWORD };
  return { source, target: await initTestRepository(options), stored };
}

const sound = async (repository: Repository): Promise<void> => {
  const report = await checkRepository(repository, { readData: { type: "all" } });
  expect(report.findings).toEqual([]);
};
const snapshotsOf = async ({ storedFiles }: Repository) =>
  (await listSnapshots(storedFiles)).snapshots;

test("a snapshot is copied with all it names, under another key, and says of which it is a copy", async () => {
  const { source, target } = await scene();
  const first = await writeSnapshot(source, { a: randomBytes(3000), "d/b": randomBytes(10) });
  const { snapshots } = await copySnapshots(source, target, { snapshots: [first.id] });
  expect(snapshots).toMatchObject([{ id: first.id, copied: true, blobs: 4 }]);
  const { id: _, ...facts } = first;
  expect(await snapshotsOf(target)).toEqual([
    { ...facts, id: snapshots[0]?.copyId, parent: undefined, original: first.id },
  ]);
  await sound(target);
});

test("what the target has is neither read nor written again, and a snapshot is copied once", async () => {
  const { source, target, stored } = await scene();
  const shared = { a: randomBytes(3000), "d/b": randomBytes(10) };
  const first = await writeSnapshot(source, shared);
  const second = await writeSnapshot(
    source,
    { ...shared, c: randomBytes(5) },
    {
      time: "2026-11-22T03:00:00Z",
    },
  );
  await copySnapshots(source, target, { snapshots: [first.id] });
  const both = { snapshots: [first.id, second.id] };
  const { snapshots } = await copySnapshots(source, target, both);
  // The new file and the root.
  expect(snapshots).toMatchObject([
    { copied: false, blobs: 0 },
    { copied: true, blobs: 2 },
  ]);
  const before = await keysOf(stored, "");
  const again = await copySnapshots(source, target, both);
  expect(again.snapshots.map(({ copied }) => copied)).toEqual([false, false]);
  expect(again.snapshots[1]?.copyId).toBe(snapshots[1]?.copyId);
  expect(await keysOf(stored, "")).toEqual(before);
  await sound(target);
});

test("a copy is not copied back to where it came from", async () => {
  const { source, target } = await scene();
  const first = await writeSnapshot(source, { a: randomBytes(3000) });
  const { snapshots } = await copySnapshots(source, target, { snapshots: [first.id] });
  const back = await copySnapshots(target, source, { snapshots: [snapshots[0]?.copyId ?? ""] });
  expect(back.snapshots).toMatchObject([{ copied: false, copyId: first.id }]);
});

test("a damaged snapshot is told, leaves no copy, and does not keep the others from being copied", async () => {
  const { source, target } = await scene();
  const kept = { kept: randomBytes(100) };
  const first = await writeSnapshot(source, { ...kept, lost: randomBytes(3000) });
  const [lost = ""] = await keysOf(source.storage, "data/");
  const second = await writeSnapshot(source, { other: randomBytes(20) });
  await source.storage.delete(lost);
  const { snapshots } = await copySnapshots(source, target, { snapshots: [first.id, second.id] });
  expect(snapshots).toMatchObject([
    { id: first.id, copied: false, error: { category: "integrity" } },
    { id: second.id, copied: true },
  ]);
  expect((await snapshotsOf(target)).map(({ original }) => original)).toEqual([second.id]);
  await sound(target);
});

test.each(["before", "response"] as const)(
  "a storage that fails at any call (%s) leaves a sound target, and the next copy ends the work",
  async (at) => {
    const files = { a: randomBytes(3000), "d/b": randomBytes(10), c: randomBytes(4_000_000) };
    const packBytes = 4 << 20;
    for (let nth = 1; ; nth++) {
      const { source, target, stored } = await scene();
      const first = await writeSnapshot(source, files);
      const storage = faultyStorage(stored, [{ nth, at, on: ["put", "get", "list", "find"] }]);
      const asked = { snapshots: [first.id], packBytes };
      const failed = await copySnapshots(source, target.withStorage(storage), asked).then(
        () => false,
        () => true,
      );
      await sound(target);
      // When only the answer is lost it may be the one that says that the snapshot is stored.
      if (failed && at === "before") expect(await snapshotsOf(target)).toEqual([]);
      await copySnapshots(source, target, asked);
      expect(await snapshotsOf(target)).toHaveLength(1);
      await sound(target);
      if (storage.failures === 0) break;
    }
  },
);

test("a copy that was broken off is gone on with, not begun anew", async () => {
  const { source, target, stored } = await scene();
  const names = ["a", "b", "c", "d"];
  const files = Object.fromEntries(names.map((name) => [`${name}/file`, randomBytes(50_000)]));
  const { id } = await writeSnapshot(source, files);
  const storage = faultyStorage(stored, [{ on: "put", key: /^index\//, nth: 3, times: 100 }]);
  const asked = { snapshots: [id], portionBytes: 50_000 };
  await expect(copySnapshots(source, target.withStorage(storage), asked)).rejects.toThrow();
  const { snapshots } = await copySnapshots(source, target, asked);
  // Of four files, four trees and the root.
  expect(snapshots[0]?.blobs).toBeLessThan(7);
  expect(snapshots[0]?.blobs).toBeGreaterThan(0);
  await sound(target);
});

test("both repositories are locked meanwhile, the source only where that is wanted", async () => {
  const { source, target } = await scene();
  const first = await writeSnapshot(source, { a: randomBytes(10) });
  const locksOf = async () => [
    (await keysOf(source.storage, "locks/")).length,
    (await keysOf(target.storage, "locks/")).length,
  ];
  const seen: number[][] = [];
  for (const sourceLock of [{}, false] as const) {
    const watched = {
      ...target,
      loadIndex: async () => {
        seen.push(await locksOf());
        return await target.loadIndex();
      },
    };
    await copySnapshots(source, watched, { snapshots: [first.id], sourceLock });
  }
  expect(seen).toEqual([
    [1, 1],
    [0, 1],
  ]);
  expect(await locksOf()).toEqual([0, 0]);
});
