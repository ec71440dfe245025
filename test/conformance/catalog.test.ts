import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../lib/base/index.ts";
import {
  appendMark,
  type Catalog,
  deleteArchive,
  ensureLayout,
  findUncommitted,
  openCatalog,
} from "../../lib/catalog/index.ts";
import {
  MemoryStorage,
  type ObjectStorage,
  openDirectoryStorage,
  openS3Storage,
} from "../../lib/storage/index.ts";
import { type AccessKey, type Minio, startMinio } from "../helpers/minio.ts";
import { describeWith } from "../helpers/parts.ts";
import { createBucket, openEmptyS3, s3Options } from "../helpers/s3.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { idAt, keysIn, putBackup, utf8 } from "../unit/catalog/stored.ts";

const A = idAt("2026-11-19T03:00:00Z", "a");
const B = idAt("2026-11-20T03:00:00Z", "b");
const C = idAt("2026-11-21T03:00:00Z", "c");
const NATIVE = "2026-11-18T08-36-45.918+00-00-openclaw-backup";
const box = { instance: "box" };
const open = (storage: ObjectStorage, cache?: ObjectStorage): Catalog =>
  openCatalog({ storages: [{ id: "s", storage }], cache, clock: systemClock });

/** One life of a catalog: layout, backups of two instances, marks, natives, damage, deletion. */
async function liveThrough(storage: ObjectStorage): Promise<void> {
  await ensureLayout(storage);
  await ensureLayout(storage);
  for (const id of [A, B, C]) await putBackup(storage, id);
  await putBackup(storage, C, { instance: "crate" });
  for (const prefix of ["", "box/", "crate/"])
    await storage.put(`${prefix}${NATIVE}.tar.gz`, utf8("x"));
  await storage.put("renamed-openclaw-backup.tar.gz", utf8("x"));
  await appendMark(storage, { ...box, id: A }, { kind: "hold", at: "2026-11-21T03:00:00.000Z" });
  await appendMark(
    storage,
    { ...box, id: B },
    { kind: "verified", at: "2026-11-21T03:00:00.000Z" },
  );

  const cache = new MemoryStorage();
  const catalog = open(storage, cache);
  const first = await catalog.list(box);
  expect(first.problems).toEqual([]);
  expect(first.backups.map(({ id, held, verifiedAt }) => [id, held, verifiedAt])).toEqual([
    [C, false, undefined],
    [B, false, "2026-11-21T03:00:00.000Z"],
    [A, true, undefined],
    [NATIVE, false, undefined],
    [NATIVE, false, undefined],
  ]);
  expect(await catalog.list(box)).toEqual(first);
  expect(await catalog.instances("s")).toEqual(["box", "crate"]);
  const natives = await catalog.list({ ...box, kinds: ["native"] });
  expect(natives.backups.map(({ id }) => id)).toContain("renamed-openclaw-backup");
  expect((await catalog.find("latest~1", box)).id).toBe(B);
  await expect(catalog.find("latest", { instance: "nobody" })).rejects.toMatchObject({
    code: "archive-not-found",
  });

  const held = await catalog.find(A, box);
  await expect(deleteArchive(storage, held)).rejects.toMatchObject({ code: "policy-refused" });
  await storage.delete((await catalog.find(C, box)).objectKey);
  await expect(catalog.find(C, box)).rejects.toMatchObject({ code: "data-missing" });
  await deleteArchive(storage, await catalog.find(B, box));
  expect((await catalog.list({ ...box, kinds: ["archive"] })).backups).toMatchObject([{ id: A }]);
  expect(await keysIn(storage, `box/marks/${B}`)).toEqual([]);

  await storage.delete(`box/archives/${C}/backup.json`);
  const left = await findUncommitted(
    storage,
    "box",
    new Date(systemClock.now().getTime() + 60_000),
  );
  expect(left.map(({ id }) => id)).toEqual([C]);
}

test("a catalog lives through everything in a directory", async () => {
  await using dir = await tempDir();
  await liveThrough(await openDirectoryStorage({ path: dir.join("storage"), create: true }));
});

test("a catalog and its cache live in a directory, and a cache file that is cut is made again", async () => {
  await using dir: TempDir = await tempDir();
  const storage = await openDirectoryStorage({ path: dir.join("storage"), create: true });
  const cache = await openDirectoryStorage({ path: dir.join("cache"), create: true });
  for (const id of [A, B]) await putBackup(storage, id);
  const first = await open(storage, cache).list(box);
  const [key = ""] = await keysIn(cache);
  const whole = await cache.get(key, 1_000_000);
  await cache.put(key, whole.subarray(0, 100));
  expect(await open(storage, cache).list(box)).toEqual(first);
  expect(await cache.get(key, 1_000_000)).toEqual(whole);
});

describeWith("minio", "MinIO", () => {
  let minio: Minio;
  let bucket: string;
  beforeAll(async () => {
    minio = await startMinio();
    bucket = await createBucket(minio);
  });
  afterAll(async () => {
    await minio?.[Symbol.asyncDispose]();
  });

  const openAs = async (keys: AccessKey): Promise<ObjectStorage> =>
    await openS3Storage(s3Options({ ...minio, ...keys }, bucket));
  const arn = (path: string): string => `arn:aws:s3:::${bucket}${path}`;

  test("a catalog lives through everything in a bucket", async () => {
    await liveThrough(await openEmptyS3(minio, bucket));
  });

  test("a machine that sees its own folder only works, and learns nothing of the others", async () => {
    const administrator = await openS3Storage(s3Options(minio, bucket));
    await ensureLayout(administrator);
    await putBackup(administrator, C, { instance: "crate" });
    const storage = await openAs(
      await minio.createUser({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: [arn("/box/*")] },
          {
            Effect: "Allow",
            Action: ["s3:ListBucket"],
            Resource: [arn("")],
            Condition: { StringLike: { "s3:prefix": ["box/*"] } },
          },
        ],
      }),
    );
    await ensureLayout(storage);
    const missing = await open(storage)
      .find("latest", box)
      .catch((error) => error);
    expect(missing).toMatchObject({ code: "archive-not-found" });
    expect(missing.details).not.toHaveProperty("proposedInstance");
    const record = await putBackup(storage, A);
    await appendMark(storage, record, { kind: "verified", at: record.createdAt });
    await storage.put(`box/${NATIVE}.tar.gz`, utf8("x"));
    const { backups, problems } = await open(storage).list(box);
    expect(problems).toEqual([]);
    expect(backups.map(({ id }) => id)).toEqual([A, NATIVE]);
    const others = await open(storage).list({ instance: "crate" });
    expect(others).toMatchObject({
      backups: [],
      problems: [{ error: { code: "storage-access-denied" } }],
    });
    await expect(deleteArchive(storage, backups[0] as never)).rejects.toMatchObject({
      code: "storage-access-denied",
      hint: expect.stringContaining("pruner"),
    });
    expect((await open(storage).list(box)).backups.length).toBe(2);
  });

  test("a bucket that is not there is told", async () => {
    const storage = await openS3Storage(s3Options(minio, "no-such-bucket-here"));
    await expect(ensureLayout(storage)).rejects.toMatchObject({ code: "storage-not-found" });
    const list = await open(storage).list(box);
    expect(list).toMatchObject({
      backups: [],
      problems: [{ error: { code: "storage-not-found" } }],
    });
  });
});
