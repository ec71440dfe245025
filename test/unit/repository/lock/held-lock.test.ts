import { expect, test, vi } from "vitest";
import type { BackupError } from "../../../../lib/base/index.ts";
import { encodeLockFile } from "../../../../lib/repository/lock/lock-file.ts";
import { type Fault, faultyStorage } from "../../../helpers/faulty-storage.ts";
import { has, MINUTE, scene, ticks } from "../../../helpers/lock-scene.ts";

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

test.each(["removed", "emptied"])("a holder whose lock was %s stops itself", async (how) => {
  const { client, clock, locks, memory } = scene();
  const lock = await client("alpha", 1).lock();
  for (const id of await locks()) {
    if (how === "removed") await memory.delete(`locks/${id}`);
    else await memory.put(`locks/${id}`, new Uint8Array());
  }
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
