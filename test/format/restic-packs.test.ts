import { hash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret } from "../../lib/base/index.ts";
import { BlobLoader, BlobSaver } from "../../lib/repository/blob-store/index.ts";
import { Chunker } from "../../lib/repository/chunker/index.ts";
import { initRepository, openRepository, type Repository } from "../../lib/repository/index.ts";
import {
  BlobIndex,
  loadBlobIndex,
  rebuildBlobIndex,
} from "../../lib/repository/index-file/index.ts";
import {
  MIN_PACK_BYTES,
  readPackHeader,
  type StoredPack,
} from "../../lib/repository/pack/index.ts";
import { objectKeyOf } from "../../lib/repository/stored-file/index.ts";
import type { BlobType, Id } from "../../lib/repository/types.ts";
import { type ObjectStorage, openDirectoryStorage } from "../../lib/storage/index.ts";
import { collect } from "../helpers/chunks.ts";
import { fakeClock } from "../helpers/fake-clock.ts";
import { faultyStorage } from "../helpers/faulty-storage.ts";
import { describeWith } from "../helpers/parts.ts";
import { FAST_COST, testHolder } from "../helpers/repository.ts";
import { type ResticRepository, resticRepository } from "../helpers/restic.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

const MIB = 1024 * 1024;

/** Files by name: what compresses and what does not, cut in many pieces, at the minimum and at the maximum. */
const FILES: Readonly<Record<string, Buffer>> = {
  "1-random": randomBytes(24 * MIB),
  "2-zeros": Buffer.alloc(3 * MIB),
  "3-no-cut": Buffer.alloc(17 * MIB, 1),
  "4-text": Buffer.from("a line of text that is repeated, ".repeat(60_000)),
  "5-small": Buffer.from("small"),
  "6-empty": Buffer.alloc(0),
  "7-minimum": randomBytes(512 * 1024),
};

function piecesOf(bytes: Buffer, polynomial: bigint): Buffer[] {
  const cuts = [0, ...new Chunker(polynomial).push(bytes), bytes.length];
  return cuts
    .slice(1)
    .map((end, i) => bytes.subarray(cuts[i], end))
    .filter(({ length }) => length > 0);
}

const idOf = (bytes: Uint8Array): Id => hash("sha256", bytes, "hex");

async function loadIndex({ storedFiles }: Repository): Promise<BlobIndex> {
  const ids = (await collect(storedFiles.list("index"))).map(({ id }) => id);
  return await loadBlobIndex(ids, (id) => storedFiles.load("index", id), { limit: 2 });
}

async function listPacks({ storedFiles }: Repository): Promise<StoredPack[]> {
  const packs = await collect(storedFiles.list("pack"));
  return packs.map(({ id, sizeBytes }) => ({ packId: id, sizeBytes }));
}

function headerOf({ storage, sealer }: Repository, pack: StoredPack) {
  const key = objectKeyOf("pack", pack.packId);
  const read = (offsetBytes: number, lengthBytes: number) =>
    storage.get(key, lengthBytes, { range: { offsetBytes, lengthBytes } });
  return readPackHeader(pack, read, sealer);
}

/** Reads every blob of every pack. @returns how many there are */
async function readAllBlobs(repository: Repository, index: BlobIndex): Promise<number> {
  const loader = new BlobLoader({ ...repository, index });
  let count = 0;
  for await (const loaded of loader.loadMany(index.blobs())) {
    if ("error" in loaded) throw loaded.error;
    count += 1;
  }
  return count;
}

const byId = (packs: Iterable<StoredPack>) =>
  [...packs].map(({ packId, sizeBytes }) => `${packId} ${sizeBytes}`).sort();

describeWith("restic", "packs and indexes", () => {
  let temp: TempDir;
  beforeAll(async () => {
    temp = await tempDir();
    mkdirSync(temp.join("files"));
    for (const [name, bytes] of Object.entries(FILES)) {
      writeFileSync(temp.join("files", name), bytes);
    }
  });
  afterAll(() => temp[Symbol.asyncDispose]());

  const backup = (restic: ResticRepository) =>
    restic.run(["backup", "."], { cwd: temp.join("files") });
  const openAs = async (restic: ResticRepository) =>
    await openRepository({
      storage: await openDirectoryStorage({ path: restic.path }),
      password: new Secret(restic.password),
      holder: testHolder(),
    });

  describe.each([1, 2])("that restic wrote in version %d", (version) => {
    let restic: ResticRepository;
    let repository: Repository;
    let index: BlobIndex;
    beforeAll(async () => {
      restic = resticRepository(temp.join(`restic-${version}`), temp.join("cache"));
      restic.run(["init", "--repository-version", `${version}`]);
      backup(restic);
      writeFileSync(temp.join("files", "8-later"), "later");
      backup(restic);
      rmSync(temp.join("files", "8-later"));
      repository = await openAs(restic);
      index = await loadIndex(repository);
    });

    test("our chunker finds exactly restic's blobs of every file", () => {
      const [{ tree }] = restic.json<[{ tree: Id }]>(["snapshots", "--json"]);
      const { nodes } = restic.json<{ nodes: { name: string; content: Id[] }[] }>([
        "cat",
        "blob",
        tree,
      ]);
      const expected = Object.entries(FILES).map(([name, bytes]) => ({
        name,
        content: piecesOf(bytes, repository.config.chunkerPolynomial).map(idOf),
      }));
      expect(nodes.map(({ name, content }) => ({ name, content }))).toEqual(expected);
      expect(expected[0]?.content.length).toBeGreaterThan(6);
    });

    test("every pack has the size that the index says, and the header too", async () => {
      const packs = await listPacks(repository);
      expect(byId(index.packs())).toEqual(byId(packs));
      expect(index.conflicts.size).toBe(0);
      for (const { sizeBytes, packId, blobs } of index.packs()) {
        expect(await headerOf(repository, { packId, sizeBytes })).toEqual({ packId, blobs });
      }
    });

    test("every blob is read, and has the hash of its name", async () => {
      expect(await readAllBlobs(repository, index)).toBe(index.blobCount);
      expect(index.blobCount).toBeGreaterThan(15);
    });

    test("the index is rebuilt from the packs alone", async () => {
      const packs = await listPacks(repository);
      const rebuilt = await rebuildBlobIndex(packs, (pack) => headerOf(repository, pack), {
        limit: 4,
      });
      expect(rebuilt.unreadable).toEqual([]);
      expect(byId(rebuilt.index.packs())).toEqual(byId(packs));
      expect([...index.blobs()].every((blob) => rebuilt.index.has(blob))).toBe(true);
    });
  });

  describe("that were written here", () => {
    let restic: ResticRepository;
    let repository: Repository;
    let index: BlobIndex;
    const content = new Map<string, Id[]>();

    /** Stores a directory with all files, and a snapshot of it. */
    async function snapshot(saver: BlobSaver): Promise<void> {
      const save = async (type: BlobType, bytes: Buffer) => (await saver.save(type, bytes)).id;
      const time = "2026-11-21T03:00:00.123456789Z";
      const times = { mtime: time, atime: time, ctime: time, uid: 0, gid: 0 };
      const nodes: object[] = [];
      for (const [name, bytes] of Object.entries(FILES)) {
        const ids: Id[] = [];
        const pieces = piecesOf(bytes, repository.config.chunkerPolynomial);
        for (const piece of pieces) ids.push(await save("data", piece));
        content.set(name, ids);
        nodes.push({ name, type: "file", mode: 420, ...times, size: bytes.length, content: ids });
      }
      const tree = await save("tree", Buffer.from(`${JSON.stringify({ nodes })}\n`));
      await saver.flush();
      const json = { time, tree, paths: ["/files"], hostname: "host", username: "me" };
      await repository.storedFiles.save("snapshot", Buffer.from(JSON.stringify(json)));
    }

    beforeAll(async () => {
      restic = resticRepository(temp.join("ours"), temp.join("cache"));
      const storage = await openDirectoryStorage({ path: restic.path, create: true });
      const password = new Secret(restic.password);
      const common = { storage, password, holder: testHolder(), cost: FAST_COST };
      repository = await initRepository(common);
      index = new BlobIndex();
      // 8 MiB chunks do not fit packs of 4 MiB: they have packs of their own.
      await using saver = new BlobSaver({
        ...repository,
        index,
        saveIndex: (json) => repository.storedFiles.save("index", json),
        clock: fakeClock(),
        packBytes: MIN_PACK_BYTES,
      });
      await snapshot(saver);
      for (let i = 0; i < 3000; i++) await saver.save("data", Buffer.from(`small blob ${i}`));
      await saver.flush();
    });

    test("restic check reads all data and finds nothing wrong", () => {
      expect(restic.run(["check", "--read-data"]).toString()).not.toMatch(/error|warning/i);
    });

    test("restic gives back every file", () => {
      for (const [name, bytes] of Object.entries(FILES)) {
        expect(restic.run(["dump", "latest", `/${name}`]).equals(bytes)).toBe(true);
      }
    });

    test("restic lists the same packs and blobs as our index", () => {
      const listed = restic.run(["list", "packs"]).toString().trim().split("\n").sort();
      expect(listed).toEqual([...index.packs()].map(({ packId }) => packId).sort());
      const blobs = restic.run(["list", "blobs"]).toString().trim().split("\n").sort();
      expect(blobs).toEqual([...index.blobs()].map(({ type, id }) => `${type} ${id}`).sort());
      expect(readdirSync(`${restic.path}/index`)).toHaveLength(2);
    });

    test("restic's backup of the same files adds no data", () => {
      const messages = restic
        .run(["backup", "--json", "."], { cwd: temp.join("files") })
        .toString()
        .trim()
        .split("\n");
      const summary = JSON.parse(messages.at(-1) ?? "");
      expect(summary).toMatchObject({ message_type: "summary", data_blobs: 0, files_new: 7 });
    });

    test("a run that fails midway, and two runs at once, leave nothing that restic calls damage", async () => {
      const saverOn = (storage: ObjectStorage) =>
        new BlobSaver({
          ...repository,
          storage,
          index: new BlobIndex(),
          saveIndex: (json) => repository.storedFiles.save("index", json),
          clock: fakeClock(),
          packBytes: MIN_PACK_BYTES,
          uploads: 1,
        });
      const before = (await listPacks(repository)).length;
      const failing = faultyStorage(repository.storage, [{ on: "put", nth: 3 }]);
      await expect(snapshot(saverOn(failing))).rejects.toMatchObject({
        code: "storage-unavailable",
      });
      const left = (await listPacks(repository)).length;
      expect(left).toBe(before + 2);
      restic.run(["check", "--read-data"]);
      const savers = [saverOn(repository.storage), saverOn(repository.storage)];
      await Promise.all(savers.map((saver) => snapshot(saver)));
      restic.run(["check", "--read-data"]);
      const [piece = ""] = content.get("5-small") ?? [];
      const places = (await loadIndex(repository)).places({ type: "data", id: piece });
      expect(places).toHaveLength(3);
    });

    test("restic rebuilds the index from our headers, and prunes what no snapshot names", async () => {
      for (const name of readdirSync(`${restic.path}/index`)) {
        rmSync(`${restic.path}/index/${name}`);
      }
      restic.run(["rebuild-index"]);
      expect(byId((await loadIndex(repository)).packs())).toEqual(
        byId(await listPacks(repository)),
      );
      restic.run(["prune", "--max-unused", "0"]);
      restic.run(["check", "--read-data"]);
      const left = await loadIndex(repository);
      expect([...left.blobs()].filter(({ type }) => type === "data").length).toBe(
        new Set([...content.values()].flat()).size,
      );
      expect(await readAllBlobs(repository, left)).toBe(left.blobCount);
    });
  });
});
