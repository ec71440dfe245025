import { BackupError, HOUR_MS, isBackupError } from "../../lib/base/index.ts";
import {
  checkRepository,
  listSnapshots,
  openRepository,
  pruneRepository,
  type Repository,
} from "../../lib/repository/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../lib/storage/index.ts";
import { type Files, writeSnapshot } from "../helpers/care-scene.ts";
import { type FakeClock, fakeClock } from "../helpers/fake-clock.ts";
import { type Random, seededRandom } from "../helpers/random.ts";
import { initTestRepository, testHolder, testRepositoryOptions } from "../helpers/repository.ts";

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

async function forgetOne(repository: Repository, random: Random): Promise<void> {
  const { snapshots } = await listSnapshots(repository.storedFiles);
  const chosen = random.pick(snapshots);
  if (snapshots.length > 3 && chosen) await repository.storedFiles.delete("snapshot", chosen.id);
}

export interface KillOptions {
  /** How often a snapshot and a prune at once are killed. */
  readonly kills: number;
  readonly seed: number;
  readonly onRun?: ((number: number) => void) | undefined;
}

/**
 * Kills a snapshot and a prune that work at once, each after some of its writes, over and over, while hours pass; each time the
 * repository must be sound, with what other clients had stored before.
 * @returns how many packs prunes have deleted meanwhile
 * @throws Error that names the run and the seed
 */
export async function killClients({ kills, seed, onRun }: KillOptions): Promise<number> {
  const random = seededRandom(seed);
  const clock = fakeClock();
  const storage = new MemoryStorage({ clock });
  const own = await initTestRepository({ storage, clock });
  const pool: Files = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`f${n}`, random.bytes(400)]),
  );
  const some = (): Files =>
    Object.fromEntries(Object.entries(pool).filter(() => random.below(2) === 0));
  const assertSound = async (where: string, noticed: readonly unknown[] = []): Promise<void> => {
    const report = await checkRepository(own, { readData: { type: "all" } });
    const found = [...report.findings, ...noticed];
    if (report.ok && found.length === 0) return;
    throw new Error(`${where}: ${JSON.stringify(found)}; again with SOAK_SEED=${seed}`);
  };
  let deleted = 0;
  for (let run = 0; run < kills; run++) {
    const writer = await client(mortal(storage, 2 + random.below(12)), clock, 1000 + run);
    const pruner = await client(mortal(storage, 2 + random.below(16)), clock, 5000 + run);
    const files = { ...some(), [`new-${run}`]: random.bytes(200) };
    await Promise.all([
      attempt(() => writeSnapshot(writer.repository, files, { retryForMs: 60_000 })),
      attempt(() => pruneRepository(pruner.repository, { lock: { retryForMs: 60_000 } })),
    ]);
    // Locks of the dead end by themselves.
    clock.advance(HOUR_MS * (1 + random.below(20)));
    await writeSnapshot(own, some());
    await assertSound(`run ${run}`);
    await forgetOne(own, random);
    if (run % 3 === 2) deleted += (await pruneRepository(own)).deleted.count;
    onRun?.(run + 1);
  }
  for (let day = 0; day < 2; day++) {
    clock.advance(48 * HOUR_MS);
    deleted += (await pruneRepository(own)).deleted.count;
  }
  const { notices } = await checkRepository(own);
  await assertSound("the end", notices);
  return deleted;
}
