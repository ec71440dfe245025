import { expect, test, vi } from "vitest";
import { type BackupError, type ErrorCode, isBackupError } from "../../../../lib/base/index.ts";
import { createSealer, generateMasterKey } from "../../../../lib/repository/crypto/index.ts";
import {
  acquireLock,
  type LockHolder,
  type LockOptions,
} from "../../../../lib/repository/lock/index.ts";
import { encodeLockFile } from "../../../../lib/repository/lock/lock-file.ts";
import { createStoredFiles } from "../../../../lib/repository/stored-file/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../../../lib/storage/index.ts";
import { collect } from "../../../helpers/chunks.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";
import { type Fault, faultyStorage } from "../../../helpers/faulty-storage.ts";

const MINUTE = 60_000;
const sealer = createSealer(generateMasterKey());
const has = (...codes: ErrorCode[]) => expect.toSatisfy((error) => isBackupError(error, ...codes));

/** A repository in memory, its clock, and clients of it on hosts of their own. */
function scene() {
  const clock = fakeClock();
  const memory = new MemoryStorage({ clock });
  const running = new Set<string>();
  const client = (hostname: string, pid: number, storage: ObjectStorage = memory) => {
    running.add(`${hostname} ${pid}`);
    const holder: LockHolder = {
      hostname,
      username: "claw",
      pid,
      uid: 1000,
      gid: 0,
      isProcessRunning: (other) => running.has(`${hostname} ${other}`),
    };
    const storedFiles = createStoredFiles({ storage, sealer, version: 2 });
    const context = { storedFiles, holder, clock };
    return {
      storedFiles,
      lock: (options: LockOptions = {}) => acquireLock(context, { pollMs: 2, ...options }),
      kill: () => running.delete(`${hostname} ${pid}`),
    };
  };
  const locks = async () => (await collect(memory.list("locks/"))).map(({ key }) => key.slice(6));
  return { clock, memory, client, locks };
}

/** Lets the polling timers of held locks look at the clock. */
const ticks = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test("SIGHUP, by which restic asks whether a holder lives, ends nobody who holds a lock", async () => {
  const before = process.listenerCount("SIGHUP");
  const { client } = scene();
  {
    await using _one = await client("alpha", 1).lock();
    await using _two = await client("beta", 2).lock();
    expect(process.listenerCount("SIGHUP")).toBe(before + 1);
    process.kill(process.pid, "SIGHUP");
    await ticks();
  }
  expect(process.listenerCount("SIGHUP")).toBe(before);
});

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

test("a lock of another host ends half an hour after its last refresh", async () => {
  const { client, clock, locks } = scene();
  const dead = client("alpha", 1);
  const time = clock.now();
  const lock = { time, exclusive: true, hostname: "alpha", username: "claw", pid: 1 };
  await dead.storedFiles.save("lock", encodeLockFile(lock));
  clock.advance(30 * MINUTE);
  await expect(client("beta", 2).lock()).rejects.toThrow(/30 min ago/);
  clock.advance(1);
  await using _held = await client("beta", 2).lock();
  expect(await locks()).toHaveLength(1);
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

test("a held lock is refreshed every five minutes with a new file, and never looks dead", async () => {
  const { client, clock, locks } = scene();
  const lock = await client("alpha", 1).lock({ exclusive: true });
  let [last] = await locks();
  for (let minutes = 5; minutes <= 60; minutes += 5) {
    clock.advance(5 * MINUTE);
    await vi.waitFor(async () => expect(await locks()).not.toContain(last));
    const now = await locks();
    expect(now).toHaveLength(1);
    [last] = now;
    await expect(client("beta", 2).lock()).rejects.toEqual(has("repository-locked"));
  }
  expect(lock.signal.aborted).toBe(false);
  await lock[Symbol.asyncDispose]();
  expect(await locks()).toEqual([]);
});

test("a refresh that fails is told and tried again, and no lock file stays behind", async () => {
  const faults: Fault[] = [
    { on: "put", key: /^locks/, nth: 2, at: "before" },
    { on: "put", key: /^locks/, nth: 3, at: "response" },
    { on: "list", key: /^locks/, nth: 3 },
    { on: "delete", key: /^locks/, nth: 1 },
  ];
  for (const fault of faults) {
    const { client, clock, locks, memory } = scene();
    const warnings: BackupError[] = [];
    const faulty = faultyStorage(memory, [fault]);
    const onWarning = (warning: BackupError) => warnings.push(warning);
    const lock = await client("alpha", 1, faulty).lock({ exclusive: true, onWarning });
    for (let minute = 0; minute < 30; minute += 1) {
      clock.advance(MINUTE);
      await ticks();
    }
    expect(faulty.failures).toBe(1);
    expect(warnings).toHaveLength(1);
    expect(lock.signal.aborted).toBe(false);
    await lock[Symbol.asyncDispose]();
    expect(await locks()).toEqual([]);
  }
});

test("a holder that cannot refresh stops itself before others may take its lock for dead", async () => {
  const { client, clock, memory } = scene();
  const down = faultyStorage(memory, [{ on: "put", key: /^locks/, nth: 2, times: 1000 }]);
  const lock = await client("alpha", 1, down).lock({ exclusive: true });
  let minutes = 0;
  while (!lock.signal.aborted && minutes < 40) {
    clock.advance(MINUTE);
    minutes += 1;
    await ticks();
  }
  expect(minutes).toBeGreaterThan(20);
  expect(minutes).toBeLessThan(27);
  expect(lock.signal.reason).toMatchObject({
    code: "repository-locked",
    message: "lock on the repository could not be refreshed in time",
  });
  await lock[Symbol.asyncDispose]();
});

test("a refresh that hangs is given up in time", async () => {
  const { client, clock, memory } = scene();
  const hanging = faultyStorage(memory, []);
  let puts = 0;
  hanging.put = async (key, body, options) => {
    puts += 1;
    if (puts === 1) return await memory.put(key, body, options);
    return await new Promise((_, reject) => {
      options?.signal?.addEventListener("abort", () => reject(options.signal?.reason));
    });
  };
  const lock = await client("alpha", 1, hanging).lock();
  let minutes = 0;
  while (!lock.signal.aborted && minutes < 40) {
    clock.advance(MINUTE);
    minutes += 1;
    await ticks();
  }
  expect(minutes).toBeLessThan(29);
  await lock[Symbol.asyncDispose]();
});

test("a holder whose lock was removed stops itself", async () => {
  const { client, clock, locks, memory } = scene();
  const lock = await client("alpha", 1).lock();
  for (const id of await locks()) await memory.delete(`locks/${id}`);
  clock.advance(5 * MINUTE);
  await vi.waitFor(() => expect(lock.signal.aborted).toBe(true));
  expect(lock.signal.reason.message).toMatch(/was removed by others/);
  await lock[Symbol.asyncDispose]();
  expect(await locks()).toEqual([]);
});

test("after a long sleep of the machine the lock lives on when nobody took it for dead", async () => {
  const { client, clock, locks } = scene();
  await using lock = await client("alpha", 1).lock();
  const [old] = await locks();
  clock.advance(8 * 60 * MINUTE);
  await vi.waitFor(async () => expect(await locks()).not.toContain(old));
  expect(lock.signal.aborted).toBe(false);
});

test("a clock that is set back makes the lock say the time again", async () => {
  const { client, clock, locks } = scene();
  await using _lock = await client("alpha", 1).lock();
  const [old] = await locks();
  clock.advance(-60 * MINUTE);
  await vi.waitFor(async () => expect(await locks()).not.toContain(old));
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
