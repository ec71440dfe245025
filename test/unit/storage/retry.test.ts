import { describe, expect, test } from "vitest";
import { MemoryStorage, withRetry } from "../../../lib/storage/index.ts";
import { chunksOf, collect, readAll } from "../../helpers/chunks.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";
import { type Fault, type FaultyStorage, faultyStorage } from "../../helpers/faulty-storage.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

async function setUp(script: readonly Fault[]) {
  const memory = new MemoryStorage({ versioning: true });
  for (const key of ["a/1", "a/2", "b/1", "c"]) await memory.put(key, bytes(key));
  const faulty: FaultyStorage = faultyStorage(memory, script);
  const clock = fakeClock();
  return { memory, faulty, clock, storage: withRetry(faulty, { clock, attempts: 4 }) };
}

describe("a storage with retries", () => {
  test.each([
    ["put", (s: MemoryStorage) => s.put("x", bytes("x"))],
    ["get", (s: MemoryStorage) => s.get("c", 10)],
    ["find", (s: MemoryStorage) => s.find("c")],
    ["delete", (s: MemoryStorage) => s.delete("c")],
    ["features", (s: MemoryStorage) => s.features()],
    ["list", (s: MemoryStorage) => collect(s.list("a/"))],
    ["listFolders", (s: MemoryStorage) => collect(s.listFolders(""))],
    ["listVersions", (s: MemoryStorage) => collect(s.listVersions(""))],
    ["getStream", (s: MemoryStorage) => readAll(s.getStream("c"))],
    ["sweepUploads", (s: MemoryStorage) => s.sweepUploads()],
  ] as const)("repeats %s twice and gives what it gives then", async (on, call) => {
    const expected = await call((await setUp([])).storage as MemoryStorage);
    const { storage, faulty, clock } = await setUp([{ on, times: 2 }]);
    const got = await call(storage as MemoryStorage);
    expect(JSON.stringify(got, withoutTimes)).toBe(JSON.stringify(expected, withoutTimes));
    expect(faulty.failures).toBe(2);
    expect(clock.sleeps).toHaveLength(2);
  });

  test("gives up after the last attempt with the failure itself", async () => {
    const { storage, faulty } = await setUp([{ on: "get", times: 99, error: "storage-throttled" }]);
    await expect(storage.get("c", 10)).rejects.toMatchObject({ code: "storage-throttled" });
    expect(faulty.failures).toBe(4);
  });

  test("takes a put whose answer was lost as done", async () => {
    const { storage, memory } = await setUp([{ on: "put", at: "response" }]);
    await storage.put("new", bytes("content"), { ifAbsent: true });
    expect(Buffer.from(await memory.get("new", 10)).toString()).toBe("content");
  });

  test("never repeats a stream put, whatever happens", async () => {
    for (const at of ["before", 3, "response"] as const) {
      const { storage, faulty } = await setUp([{ on: "putStream", at }]);
      const put = storage.putStream("new", chunksOf(bytes("content"), 2));
      await expect(put).rejects.toMatchObject({ code: "storage-unavailable" });
      expect(faulty.calls.filter(({ call }) => call === "putStream")).toHaveLength(1);
    }
  });

  test.each([1, 2, 3])("goes on with a listing that broke off after %i entries", async (at) => {
    const { storage, faulty } = await setUp([{ on: "list", at }]);
    const infos = await collect(storage.list(""));
    expect(infos.map(({ key }) => key)).toEqual(["a/1", "a/2", "b/1", "c"]);
    expect(faulty.failures).toBe(1);
  });

  test.each([1, 2, 3, 4, 5])(
    "goes on with a listing of versions that broke off after %i entries",
    async (at) => {
      const { storage, memory } = await setUp([{ on: "listVersions", at }]);
      await memory.put("a/2", bytes("second"));
      await memory.delete("a/2");
      const versions = await collect(storage.listVersions(""));
      expect(versions).toEqual(await collect(memory.listVersions("")));
    },
  );

  test("does not repeat a download that has begun: that is the storage's own task", async () => {
    const { storage, faulty } = await setUp([{ on: "getStream", at: 1 }]);
    await expect(readAll(storage.getStream("c"))).rejects.toMatchObject({
      code: "storage-unavailable",
    });
    expect(faulty.calls).toHaveLength(1);
  });

  test("repeats each step of a listing anew", async () => {
    const script: Fault[] = [1, 2, 3].map((nth) => ({ on: "list", nth, at: 1 }));
    const { storage, faulty } = await setUp(script);
    expect(await collect(storage.list(""))).toHaveLength(4);
    expect(faulty.failures).toBe(3);
  });
});

/** Two storages are filled at different times. */
function withoutTimes(name: string, value: unknown): unknown {
  return name === "modifiedAt" ? undefined : value;
}
