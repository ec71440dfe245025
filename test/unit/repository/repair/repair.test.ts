import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import {
  checkRepository,
  listSnapshots,
  repairIndex,
  repairSnapshots,
} from "../../../../lib/repository/index.ts";
import { MemoryStorage } from "../../../../lib/storage/index.ts";
import { keysOf, writeSnapshot } from "../../../helpers/care-scene.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";
import { initTestRepository } from "../../../helpers/repository.ts";

const all = { readData: { type: "all" } } as const;
const files = {
  "a.txt": randomBytes(3000),
  "dir/b.txt": randomBytes(2000),
  "dir/c.txt": randomBytes(1000),
};

async function sample() {
  const storage = new MemoryStorage();
  const repository = await initTestRepository({ storage, clock: fakeClock() });
  const snapshot = await writeSnapshot(repository, files);
  const index = await repository.loadIndex();
  /** Breaks a blob of so many bytes. */
  const flip = async (sizeBytes: number): Promise<void> => {
    const blob = [...index.blobs()].find(({ lengthBytes }) => lengthBytes === sizeBytes + 32);
    const key = `data/${blob?.packId.slice(0, 2)}/${blob?.packId}`;
    const bytes = await storage.get(key, 1e9);
    const at = (blob?.offsetBytes ?? 0) + 20;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await storage.put(key, bytes);
  };
  return { storage, repository, snapshot, index, flip };
}

test("lost indexes come back from the packs", async () => {
  const { storage, repository, index } = await sample();
  for (const key of await keysOf(storage, "index/")) await storage.delete(key);
  expect((await checkRepository(repository)).ok).toBe(false);
  const report = await repairIndex(repository);
  expect(report).toMatchObject({ packs: 2, blobs: 5, added: { length: 2 }, lost: [], missing: [] });
  expect([...(await repository.loadIndex()).blobs()]).toHaveLength(index.blobCount);
  expect((await checkRepository(repository, all)).ok).toBe(true);
});

test("damaged indexes are replaced, and packs that are gone leave the index with what they held", async () => {
  const { storage, repository } = await sample();
  const [first = ""] = await keysOf(storage, "index/");
  await writeSnapshot(repository, { later: randomBytes(700) });
  await storage.put(first, randomBytes(200));
  const report = await repairIndex(repository);
  expect(report).toMatchObject({ packs: 4, replaced: [first.slice("index/".length)], lost: [] });
  const [pack = ""] = await keysOf(storage, "data/");
  await storage.delete(pack);
  const second = await repairIndex(repository);
  expect(second.missing).toEqual([pack.slice(-64)]);
  expect(second.lost.length).toBeGreaterThan(0);
});

test("what is whole of a damaged pack is saved, the next backup stores the rest anew", async () => {
  const { repository, flip } = await sample();
  await flip(2000);
  expect(await repairIndex(repository)).toMatchObject({ damaged: [], lost: [] });
  const report = await repairIndex(repository, { readData: true });
  expect(report).toMatchObject({ damaged: { length: 1 }, lost: { length: 1 } });
  expect((await checkRepository(repository)).losses.map(({ path }) => path)).toEqual([
    "/dir/b.txt",
  ]);
  await writeSnapshot(repository, files);
  expect(await checkRepository(repository, all)).toMatchObject({ ok: true, losses: [] });
});

test("a damaged snapshot is written without what is lost, which is said exactly", async () => {
  const { repository, snapshot, flip } = await sample();
  await flip(2000);
  expect(await repairSnapshots(repository)).toEqual({ checked: 1, snapshots: [], unreadable: [] });
  const dry = await repairSnapshots(repository, { readData: true, dryRun: true });
  const lost = [
    {
      snapshotId: snapshot.id,
      time: snapshot.time,
      path: "/dir/b.txt",
      type: "file",
      sizeBytes: 2000,
    },
  ];
  expect(dry.snapshots).toEqual([{ id: snapshot.id, time: snapshot.time, lost, removed: false }]);
  await repairIndex(repository, { readData: true });
  const { snapshots } = await repairSnapshots(repository, { removeOld: true });
  expect(snapshots).toMatchObject([{ id: snapshot.id, lost, removed: true }]);
  const list = await listSnapshots(repository.storedFiles);
  expect(list.snapshots).toMatchObject([
    {
      id: snapshots[0]?.repairedId,
      original: snapshot.id,
      tags: ["repaired"],
      time: snapshot.time,
    },
  ]);
  expect(await checkRepository(repository, all)).toMatchObject({ ok: true, checked: { files: 2 } });
});

test("a lost directory is left out; of a lost root nothing can be saved", async () => {
  const { storage, repository, index, snapshot } = await sample();
  const treePack = [...index.packs()].find(({ blobs }) => blobs[0]?.type === "tree")?.packId ?? "";
  const key = `data/${treePack.slice(0, 2)}/${treePack}`;
  await storage.delete(key);
  const { snapshots } = await repairSnapshots(repository);
  expect(snapshots).toMatchObject([
    { id: snapshot.id, removed: false, lost: [{ path: "/", type: "dir" }] },
  ]);
  expect(snapshots[0]?.repairedId).toBeUndefined();
  expect(await keysOf(storage, "snapshots/")).toHaveLength(1);
});

test("a snapshot file that cannot be read is told, and removed only when asked", async () => {
  const { storage, repository, snapshot } = await sample();
  await storage.put(`snapshots/${snapshot.id}`, randomBytes(300));
  const report = await repairSnapshots(repository);
  expect(report.unreadable).toMatchObject([{ id: snapshot.id, removed: false }]);
  await repairSnapshots(repository, { removeOld: true });
  expect(await keysOf(storage, "snapshots/")).toEqual([]);
});
