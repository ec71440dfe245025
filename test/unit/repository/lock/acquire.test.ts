import { expect, test, vi } from "vitest";
import { type BackupError, systemClock } from "../../../../lib/base/index.ts";
import { acquireLock } from "../../../../lib/repository/lock/index.ts";
import { encodeLockFile } from "../../../../lib/repository/lock/lock-file.ts";
import { createStoredFiles } from "../../../../lib/repository/stored-file/index.ts";
import { MemoryStorage } from "../../../../lib/storage/index.ts";
import { collect } from "../../../helpers/chunks.ts";
import { type Fault, faultyStorage } from "../../../helpers/faulty-storage.ts";
import { has, MINUTE, scene, sealer, slowly } from "../../../helpers/lock-scene.ts";

test("a lock is written, says who holds it, and is removed when it is disposed of", async () => {
  const { client, locks } = scene();
  const a = client("alpha", 7);
  {
    await using lock = await a.lock();
    expect(lock.exclusive).toBe(false);
    const [id = ""] = await locks();
    expect((await a.storedFiles.load("lock", id)).toString()).toBe(
      '{"time":"2026-11-21T03:00:00.000Z","exclusive":false,"hostname":"alpha","username":"claw","pid":7,"uid":1000}',
    );
  }
  expect(await locks()).toEqual([]);
});

test("shared locks stand together, and an exclusive one waits for all of them", async () => {
  const { client, locks } = scene();
  const first = await client("alpha", 1).lock();
  const second = await client("beta", 2).lock();
  await expect(client("gamma", 3).lock({ exclusive: true })).rejects.toEqual(
    has("repository-locked"),
  );
  await first[Symbol.asyncDispose]();
  await expect(client("gamma", 3).lock({ exclusive: true })).rejects.toThrow(
    /in use by claw on beta \(pid 2\), whose lock was made or refreshed 0\.\d s ago/,
  );
  await second[Symbol.asyncDispose]();
  await using exclusive = await client("gamma", 3).lock({ exclusive: true });
  expect(exclusive.exclusive).toBe(true);
  expect(await locks()).toHaveLength(1);
});

test("an exclusive lock keeps everyone else out, also in the same process", async () => {
  const { client, locks, clock } = scene();
  await using _held = await client("alpha", 1).lock({ exclusive: true });
  clock.advance(10 * MINUTE - 200);
  for (const exclusive of [true, false]) {
    const attempt = client("alpha", 1).lock({ exclusive });
    await expect(attempt).rejects.toMatchObject({
      code: "repository-locked",
      exitCode: 11,
      message: expect.stringContaining("locked exclusively by claw on alpha (pid 1)"),
      hint: expect.stringContaining("if it died, its lock ends by itself in"),
      details: { hostname: "alpha", pid: 1, exclusive: true },
    });
  }
  expect(await locks()).toHaveLength(1);
});

test("of two clients that write at the same moment, never both get a lock that excludes the other", async () => {
  for (const [one, two] of [
    [true, true],
    [true, false],
    [false, true],
  ]) {
    const { client, locks } = scene();
    const results = await Promise.allSettled([
      client("alpha", 1).lock({ exclusive: one }),
      client("beta", 2).lock({ exclusive: two }),
    ]);
    const held = results.filter(({ status }) => status === "fulfilled");
    expect(held.length).toBeLessThanOrEqual(1);
    expect(await locks()).toHaveLength(held.length);
    for (const each of results) {
      if (each.status === "fulfilled") await each.value[Symbol.asyncDispose]();
    }
  }
});

test("clients that race through a slow storage never hold what excludes one another", async () => {
  const memory = new MemoryStorage();
  const storedFiles = createStoredFiles({ storage: slowly(memory), sealer, version: 2 });
  let shared = 0;
  let exclusive = 0;
  let taken = 0;
  const work = async (pid: number): Promise<void> => {
    const holder = { hostname: "alpha", username: "x", pid, isProcessRunning: () => true };
    const wanted = { exclusive: pid % 2 === 0 };
    try {
      await using lock = await acquireLock({ storedFiles, holder, clock: systemClock }, wanted);
      if (lock.exclusive) exclusive += 1;
      else shared += 1;
      taken += 1;
      expect(exclusive === 0 || (exclusive === 1 && shared === 0)).toBe(true);
      await systemClock.sleep(Math.random() * 100);
      if (lock.exclusive) exclusive -= 1;
      else shared -= 1;
    } catch (error) {
      expect(error).toEqual(has("repository-locked"));
    }
  };
  const rounds = Array.from({ length: 40 }, async (_, pid) => {
    await systemClock.sleep(Math.random() * 2500);
    await work(pid);
  });
  await Promise.all(rounds);
  expect(taken).toBeGreaterThan(0);
  expect(await collect(memory.list(""))).toEqual([]);
});

test("a lock that comes between the first look and the second makes the newcomer withdraw", async () => {
  const { client, memory, clock, locks } = scene();
  const a = client("alpha", 1);
  const intruder = client("beta", 2);
  const sleep = clock.sleep.bind(clock);
  vi.spyOn(clock, "sleep").mockImplementationOnce(async (ms, signal) => {
    const time = clock.now();
    const lock = { time, exclusive: true, hostname: "beta", username: "x", pid: 2 };
    await intruder.storedFiles.save("lock", encodeLockFile(lock));
    await sleep(ms, signal);
  });
  await expect(a.lock()).rejects.toThrow(/locked exclusively by x on beta/);
  expect(await locks()).toHaveLength(1);
  await expect(memory.find("locks/none")).resolves.toBeUndefined();
});

test("a dead process's lock on the same host stops nobody there, and is removed", async () => {
  const { client, locks } = scene();
  const dead = client("alpha", 1);
  const left = await dead.lock({ exclusive: true });
  dead.kill();
  await expect(client("beta", 1).lock()).rejects.toEqual(has("repository-locked"));
  await using _next = await client("alpha", 2).lock({ exclusive: true });
  expect(await locks()).toHaveLength(1);
  await left[Symbol.asyncDispose]();
});

test("waits as long as it is told, says once for whom, and takes the lock when it is free", async () => {
  const { client, clock } = scene();
  const held = await client("alpha", 1).lock();
  const waits: BackupError[] = [];
  const onWait = (conflict: BackupError) => waits.push(conflict);
  const early = client("beta", 2).lock({ exclusive: true, retryForMs: 3 * MINUTE, onWait });
  await expect(early).rejects.toEqual(has("repository-locked"));
  expect(waits).toHaveLength(1);
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(3 * MINUTE);
  expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(75_000);

  const before = clock.sleeps.length;
  const waiting = client("beta", 2).lock({
    exclusive: true,
    retryForMs: 3 * MINUTE,
    onWait: () => void held[Symbol.asyncDispose](),
  });
  await using _lock = await waiting;
  expect(clock.sleeps.length).toBeGreaterThan(before);
});

test("waiting ends when it is cancelled", async () => {
  const { client } = scene();
  await using _held = await client("alpha", 1).lock();
  const control = new AbortController();
  const waiting = client("beta", 2).lock({
    exclusive: true,
    retryForMs: 60 * MINUTE,
    signal: control.signal,
    onWait: () => control.abort(),
  });
  await expect(waiting).rejects.toThrow();
});

test("a lock that is replaced between listing and reading is found in the next listing", async () => {
  const { client, memory, clock, locks } = scene();
  const a = client("alpha", 1);
  const time = clock.now();
  const lock = { time, exclusive: true, hostname: "alpha", username: "claw", pid: 1 };
  const old = await a.storedFiles.save("lock", encodeLockFile(lock));
  const racing = faultyStorage(memory, []);
  racing.get = async (key, maxBytes, options) => {
    if (key.endsWith(old)) {
      await a.storedFiles.save("lock", encodeLockFile(lock));
      await memory.delete(key);
    }
    return await memory.get(key, maxBytes, options);
  };
  await expect(client("beta", 2, racing).lock()).rejects.toEqual(has("repository-locked"));
  expect(await locks()).toHaveLength(1);
});

test("a lock that cannot be read holds others up only while its holder could live", async () => {
  const { client, memory, clock, locks } = scene();
  const key = `locks/${"ab".repeat(32)}`;
  await memory.put(key, Buffer.from("damaged"));
  await memory.put(`locks/${"cd".repeat(32)}`, Buffer.alloc(0));
  await expect(client("alpha", 1).lock()).rejects.toThrow(/lock that cannot be read/);
  expect(clock.sleeps).toEqual([5_000, 10_000, 20_000]);
  clock.advance(31 * MINUTE);
  await using _held = await client("alpha", 1).lock();
  expect(await locks()).not.toContain(key.slice(6));
});

test("an unreachable storage is no conflict, and a lock that was perhaps written is withdrawn", async () => {
  for (const fault of [
    { on: "list" },
    { on: "list", nth: 2 },
    { on: "put" },
    { on: "put", at: "response" },
  ] as const satisfies Fault[]) {
    const { client, memory, locks } = scene();
    const faulty = faultyStorage(memory, [fault]);
    await expect(client("alpha", 1, faulty).lock()).rejects.toEqual(has("storage-unavailable"));
    expect(await locks()).toEqual([]);
  }
});
