import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { BackupError, isBackupError } from "../../../../lib/base/index.ts";
import {
  checkRepository,
  listSnapshots,
  openRepository,
  pruneRepository,
  type Repository,
} from "../../../../lib/repository/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../../../lib/storage/index.ts";
import { type Files, writeSnapshot } from "../../../helpers/care-scene.ts";
import { type FakeClock, fakeClock } from "../../../helpers/fake-clock.ts";
import {
  initTestRepository,
  testHolder,
  testRepositoryOptions,
} from "../../../helpers/repository.ts";

const HOUR_MS = 60 * 60 * 1000;
const KILLS = 20;

/** Numbers that look random and are the same at each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A client's way to the storage, which ends for good after some writes: nothing it does afterwards arrives, not even the removal of its lock. */
function mortal(inner: ObjectStorage, writes: number): ObjectStorage {
  let left = writes;
  const live = (isWrite: boolean): void => {
    if (left <= 0) throw new BackupError("cancelled", "killed");
    if (isWrite) left -= 1;
  };
  return new Proxy(inner, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]) => {
        live(name === "put" || name === "delete" || name === "putStream");
        return Reflect.apply(value, target, args);
      };
    },
  });
}

interface Client {
  readonly repository: Repository;
  readonly clock: FakeClock;
}

async function client(storage: ObjectStorage, clock: FakeClock, pid: number): Promise<Client> {
  const holder = testHolder(`host-${pid}`, pid);
  const options = testRepositoryOptions({ storage, clock, holder });
  return { repository: await openRepository(options), clock };
}

/** What a killed or refused run throws is part of the game; anything else is a failure. */
async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isBackupError(error, "cancelled", "repository-locked", "plan-outdated")) throw error;
  }
}

async function forgetOne(repository: Repository, random: (below: number) => number): Promise<void> {
  const { snapshots } = await listSnapshots(repository.storedFiles);
  const chosen = snapshots[random(snapshots.length)];
  if (snapshots.length > 3 && chosen) await repository.storedFiles.delete("snapshot", chosen.id);
}

test("snapshot and prune at once, each killed at random, leave a repository that is sound each time", async () => {
  const random = numbers(20_261_121);
  const clock = fakeClock();
  const storage = new MemoryStorage({ clock });
  const own = await initTestRepository({ storage, clock });
  const pool: Files = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`f${n}`, randomBytes(400)]),
  );
  const some = (): Files => Object.fromEntries(Object.entries(pool).filter(() => random(2) === 0));
  let deleted = 0;
  for (let run = 0; run < KILLS; run++) {
    const writer = await client(mortal(storage, 2 + random(12)), clock, 100 + run);
    const pruner = await client(mortal(storage, 2 + random(16)), clock, 200 + run);
    await Promise.all([
      attempt(() =>
        writeSnapshot(
          writer.repository,
          { ...some(), [`new-${run}`]: randomBytes(200) },
          { retryForMs: 60_000 },
        ),
      ),
      attempt(() => pruneRepository(pruner.repository, { lock: { retryForMs: 60_000 } })),
    ]);
    // Locks of the dead end by themselves.
    clock.advance(HOUR_MS * (1 + random(20)));
    await writeSnapshot(own, some());
    const report = await checkRepository(own, { readData: { type: "all" } });
    expect({ run, findings: report.findings }).toEqual({ run, findings: [] });
    await forgetOne(own, random);
    if (run % 3 === 2) deleted += (await pruneRepository(own)).deleted.count;
  }
  clock.advance(48 * HOUR_MS);
  deleted += (await pruneRepository(own)).deleted.count;
  clock.advance(48 * HOUR_MS);
  deleted += (await pruneRepository(own)).deleted.count;
  expect(await checkRepository(own, { readData: { type: "all" } })).toMatchObject({
    ok: true,
    notices: [],
  });
  expect(deleted).toBeGreaterThan(20);
}, 60_000);
