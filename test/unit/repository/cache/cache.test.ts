import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { cachedRepository, withRepositoryCache } from "../../../../lib/repository/cache/index.ts";
import {
  listSnapshots,
  openRepository,
  type Repository,
} from "../../../../lib/repository/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../../../lib/storage/index.ts";
import { keysOf, writeSnapshot } from "../../../helpers/care-scene.ts";
import { collect } from "../../../helpers/chunks.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";
import { faultyStorage } from "../../../helpers/faulty-storage.ts";
import { initTestRepository, testRepositoryOptions } from "../../../helpers/repository.ts";

async function sample() {
  const inner = new MemoryStorage();
  const writer = await initTestRepository({ storage: inner, clock: fakeClock() });
  const first = await writeSnapshot(writer, { a: randomBytes(2000), "d/b": randomBytes(1000) });
  const remote = faultyStorage(inner, []);
  const cache = new MemoryStorage();
  /** Reads what every command reads, as another process: indexes, snapshots, all trees. */
  const use = async (options: { cache?: ObjectStorage; maxBytes?: number } = {}) => {
    const before = remote.calls.length;
    const storage = withRepositoryCache({ remote, cache, ...options });
    const repository = await openRepository(testRepositoryOptions({ storage, clock: fakeClock() }));
    const trees = await readTrees(repository, storage);
    const gets = remote.calls
      .slice(before)
      .filter(({ call, key }) => call === "get" && /^(index|snapshots|data)/.test(key));
    return { trees, gets: gets.length };
  };
  return { inner, remote, cache, writer, first, use };
}

async function readTrees(
  repository: Repository,
  storage: ReturnType<typeof withRepositoryCache>,
): Promise<number> {
  const ids = await collect(repository.storedFiles.list("snapshot"));
  for (const { id } of ids) await repository.storedFiles.load("snapshot", id);
  const index = await repository.loadIndex();
  const treePacks = new Set(
    [...index.packs()].filter(({ blobs }) => blobs[0]?.type === "tree").map(({ packId }) => packId),
  );
  storage.cacheTreePacks((packId) => treePacks.has(packId));
  const loader = repository.createLoader(index);
  const trees = [...index.blobs()].filter(({ type }) => type === "tree");
  for (const tree of trees) await loader.load(tree);
  return trees.length;
}

test("what is read again comes from the cache, and no data is in it", async () => {
  const { cache, use } = await sample();
  expect(await use()).toEqual({ trees: 2, gets: 3 });
  expect(await use()).toEqual({ trees: 2, gets: 0 });
  expect((await keysOf(cache, "")).map((key) => key.split("/")[0])).toEqual([
    "data",
    "index",
    "snapshots",
  ]);
});

test("a damaged or failing cache costs time only, and heals", async () => {
  const { cache, use } = await sample();
  await use();
  for (const key of await keysOf(cache, "")) await cache.put(key, randomBytes(50));
  expect(await use()).toEqual({ trees: 2, gets: 3 });
  expect(await use()).toEqual({ trees: 2, gets: 0 });
  const broken = faultyStorage(cache, [{ error: "storage-unavailable", times: 1000 }]);
  expect(await use({ cache: broken })).toEqual({ trees: 2, gets: 3 });
});

test("what somebody else has removed is gone, whatever the cache has", async () => {
  const { inner, cache, writer, first, use, remote } = await sample();
  await use();
  await writer.storedFiles.delete("snapshot", first.id);
  const storage = withRepositoryCache({ remote, cache });
  await expect(storage.get(`snapshots/${first.id}`, 1e6)).rejects.toMatchObject({
    code: "storage-object-not-found",
  });
  expect(await collect(storage.list("snapshots/"))).toEqual([]);
  expect(await keysOf(cache, "snapshots/")).toEqual([]);
  expect(await keysOf(inner, "snapshots/")).toEqual([]);
});

test("the cache stays within its bound, and keeps what was used last", async () => {
  const { writer, cache, use } = await sample();
  for (let n = 0; n < 6; n++) await writeSnapshot(writer, { [`f${n}`]: randomBytes(100) });
  await use({ maxBytes: 4000 });
  const sizes = (await collect(cache.list(""))).map(({ sizeBytes }) => sizeBytes);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(4000);
  expect(sizes.length).toBeGreaterThan(2);
});

test("a repository behind a cache reads trees through it, and what it writes need not be read at all", async () => {
  const { remote, cache } = await sample();
  const open = async () => {
    const storage = withRepositoryCache({ remote, cache });
    const direct = await openRepository(
      testRepositoryOptions({ storage: remote, clock: fakeClock() }),
    );
    return cachedRepository(direct, storage);
  };
  const gets = async (work: () => Promise<unknown>): Promise<number> => {
    const before = remote.calls.length;
    await work();
    return remote.calls
      .slice(before)
      .filter(({ call, key }) => call === "get" && /^(index|snapshots|data)/.test(key)).length;
  };
  const readAll = async (): Promise<void> => {
    const repository = await open();
    const { snapshots } = await listSnapshots(repository.storedFiles);
    const loader = repository.createLoader(await repository.loadIndex());
    for (const { tree } of snapshots) await repository.loadTree(loader, tree);
  };
  expect(await gets(readAll)).toBe(3);
  expect(await gets(readAll)).toBe(0);
  const writer = await open();
  await writer.loadIndex();
  await writeSnapshot(writer, { c: randomBytes(100) });
  // The pack of its tree alone: index and snapshot were kept when they were written.
  expect(await gets(readAll)).toBe(1);
});
