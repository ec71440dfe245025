import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret, systemClock } from "../../lib/base/index.ts";
import {
  checkRepository,
  initRepository,
  openRepository,
  planPrune,
  pruneRepository,
  type Repository,
  repairIndex,
  repairSnapshots,
} from "../../lib/repository/index.ts";
import { openDirectoryStorage } from "../../lib/storage/index.ts";
import { writeSnapshot } from "../helpers/care-scene.ts";
import { fakeClock } from "../helpers/fake-clock.ts";
import { describeWith } from "../helpers/parts.ts";
import { FAST_COST, testHolder } from "../helpers/repository.ts";
import { type ResticRepository, resticRepository } from "../helpers/restic.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const all = { readData: { type: "all" } } as const;

interface Snapshot {
  readonly id: string;
  readonly original?: string;
}

describeWith("restic", "the care of a repository", () => {
  let temp: TempDir;
  beforeAll(async () => {
    temp = await tempDir();
  });
  afterAll(() => temp[Symbol.asyncDispose]());

  const write = (name: string, bytes: number): void => {
    writeFileSync(temp.join("files", name), randomBytes(bytes));
  };
  const backup = (restic: ResticRepository): void => {
    restic.run(["backup", "."], { cwd: temp.join("files") });
  };
  /** Opened at a time that is some days from now. */
  const open = async (restic: ResticRepository, days = 0): Promise<Repository> =>
    await openRepository({
      storage: await openDirectoryStorage({ path: restic.path }),
      password: new Secret(restic.password),
      holder: testHolder(),
      clock: fakeClock(new Date(systemClock.now().getTime() + days * DAY_MS)),
    });
  const packsOf = ({ path }: ResticRepository): string[] =>
    readdirSync(`${path}/data`, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.length > 60,
    );

  /** Three snapshots by restic, the second of which is forgotten. */
  const made = (name: string, version = 2): ResticRepository => {
    const restic = resticRepository(temp.join(name), temp.join(`cache-${name}`));
    restic.run(["init", "--repository-version", `${version}`]);
    rmSync(temp.join("files"), { recursive: true, force: true });
    mkdirSync(temp.join("files"));
    write("kept", 3_000_000);
    backup(restic);
    write("gone", 6_000_000);
    backup(restic);
    rmSync(temp.join("files", "gone"));
    write("later", 100_000);
    backup(restic);
    const snapshots = restic.json<Snapshot[]>(["snapshots", "--json"]);
    restic.run(["forget", snapshots[1]?.id ?? ""]);
    return restic;
  };

  test.each([1, 2])(
    "restic's repository of version %d is found sound, pruned, and accepted by restic",
    async (version) => {
      const restic = made(`version-${version}`, version);
      expect(await checkRepository(await open(restic), all)).toMatchObject({
        ok: true,
        findings: [],
      });
      const before = packsOf(restic).length;
      const report = await pruneRepository(await open(restic), {
        maxUnused: { type: "bytes", bytes: 0 },
      });
      expect(report.removed.count).toBeGreaterThan(0);
      restic.run(["check", "--read-data"]);
      const later = await pruneRepository(await open(restic, 2));
      expect(later.deleted.count).toBe(report.removed.count);
      expect(packsOf(restic).length).toBeLessThan(before + 2);
      restic.run(["check", "--read-data"]);
      backup(restic);
      restic.run(["restore", "latest", "--target", temp.join(`restored-${version}`)]);
      expect(await checkRepository(await open(restic), all)).toMatchObject({
        ok: true,
        notices: [],
      });
    },
  );

  test("restic prunes what we have marked, and nothing is left for us", async () => {
    const restic = made("marked");
    await pruneRepository(await open(restic));
    expect((await planPrune(await open(restic))).packs.waiting.count).toBeGreaterThan(0);
    restic.run(["prune"]);
    restic.run(["check", "--read-data"]);
    expect((await planPrune(await open(restic))).packs).toMatchObject({
      waiting: { count: 0 },
      remove: { count: 0 },
    });
  });

  test("indexes that were lost are rebuilt for restic too", async () => {
    const restic = made("unindexed");
    rmSync(`${restic.path}/index`, { recursive: true });
    mkdirSync(`${restic.path}/index`);
    expect(() => restic.run(["check"])).toThrow();
    expect((await repairIndex(await open(restic))).lost).toEqual([]);
    restic.run(["check", "--read-data"]);
  });

  test("a snapshot with a lost pack is repaired, and restic finds the repository sound", async () => {
    const restic = made("damaged");
    const repository = await open(restic);
    const index = await repository.loadIndex();
    // That of `kept`: the larger one holds what no snapshot needs any more.
    const data = [...index.packs()].filter(({ blobs }) => blobs[0]?.type === "data");
    const [needed] = data
      .filter(({ sizeBytes }) => sizeBytes < 5_000_000)
      .toSorted((one, other) => other.sizeBytes - one.sizeBytes);
    const packId = needed?.packId ?? "";
    rmSync(`${restic.path}/data/${packId.slice(0, 2)}/${packId}`);
    expect(() => restic.run(["check"])).toThrow();
    const { losses } = await checkRepository(repository);
    await repairIndex(await open(restic));
    const report = await repairSnapshots(await open(restic), { removeOld: true });
    expect(report.snapshots.flatMap(({ lost }) => lost)).toEqual(losses);
    expect(losses.length).toBeGreaterThan(0);
    restic.run(["check", "--read-data"]);
    const originals = restic
      .json<Snapshot[]>(["snapshots", "--json"])
      .map(({ original }) => original);
    expect(originals).toContain(losses[0]?.snapshotId);
  });

  test("what we wrote and pruned is restored by restic, and pruned again by it", async () => {
    const restic = resticRepository(temp.join("ours"), temp.join("cache-ours"));
    mkdirSync(restic.path);
    const storage = await openDirectoryStorage({ path: restic.path });
    const password = new Secret(restic.password);
    const repository = await initRepository({
      storage,
      password,
      holder: testHolder(),
      cost: FAST_COST,
      clock: fakeClock(systemClock.now()),
    });
    const kept = randomBytes(50_000);
    const { id } = await writeSnapshot(repository, { kept, gone: randomBytes(90_000) });
    for (let n = 0; n < 12; n++)
      await writeSnapshot(repository, { kept, [`small-${n}`]: randomBytes(200) });
    await repository.storedFiles.delete("snapshot", id);
    const report = await pruneRepository(repository);
    expect(report.plan.packs.repack.count).toBeGreaterThan(10);
    restic.run(["check", "--read-data"]);
    restic.run(["restore", "latest", "--target", temp.join("ours-restored")]);
    restic.run(["prune"]);
    restic.run(["check", "--read-data"]);
    expect(await checkRepository(repository, all)).toMatchObject({ ok: true });
  });
});
