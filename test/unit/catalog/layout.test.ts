import { expect, test } from "vitest";
import { ensureLayout, LAYOUT_KEY, LAYOUT_VERSION } from "../../../lib/catalog/index.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { faultyStorage } from "../../helpers/faulty-storage.ts";
import { keysIn, utf8 } from "./stored.ts";

test("an empty storage gets the marker once", async () => {
  const storage = faultyStorage(new MemoryStorage(), []);
  await ensureLayout(storage);
  const marker = JSON.parse(new TextDecoder().decode(await storage.get(LAYOUT_KEY, 1000)));
  expect(marker).toMatchObject({ layout: LAYOUT_VERSION });
  await ensureLayout(storage);
  expect(storage.calls.filter(({ call }) => call === "put").length).toBe(1);
});

test("two that set up at once agree", async () => {
  const storage = new MemoryStorage();
  await Promise.all([ensureLayout(storage), ensureLayout(storage), ensureLayout(storage)]);
  expect(await keysIn(storage)).toEqual([LAYOUT_KEY]);
});

test("a newer layout is refused, naming both", async () => {
  const storage = new MemoryStorage();
  await storage.put(LAYOUT_KEY, utf8('{"layout": 2}'));
  await expect(ensureLayout(storage)).rejects.toMatchObject({
    code: "version-too-new",
    message: "memory has layout 2, and this Clawback knows layout 1",
    hint: expect.stringContaining("update Clawback"),
  });
});

test("fields of a later minor change are passed over", async () => {
  const storage = new MemoryStorage();
  await storage.put(LAYOUT_KEY, utf8('{"layout": 1, "shards": 16}'));
  await expect(ensureLayout(storage)).resolves.toBeUndefined();
});

test.each([
  "",
  "{",
  "null",
  "[]",
  "{}",
  '{"layout": "1"}',
  '{"layout": 0}',
  '{"layout": 1.5}',
  "\u0000",
])("a marker that holds %j is refused and not replaced", async (body) => {
  const storage = new MemoryStorage();
  await storage.put(LAYOUT_KEY, utf8(body));
  await expect(ensureLayout(storage)).rejects.toMatchObject({ code: "data-corrupt" });
  expect(await storage.get(LAYOUT_KEY, 1000)).toEqual(utf8(body));
});

test("an endless marker is not read to its end", async () => {
  const storage = new MemoryStorage();
  await storage.put(LAYOUT_KEY, new Uint8Array(64 * 1024 + 1));
  await expect(ensureLayout(storage)).rejects.toMatchObject({ code: "limit-exceeded" });
});

test("credentials kept to their own folder are neither refused nor taken for an empty storage", async () => {
  const memory = new MemoryStorage();
  const denied = { key: LAYOUT_KEY, error: "storage-access-denied" as const, times: 99 };
  await ensureLayout(faultyStorage(memory, [{ ...denied, on: "get" }]));
  expect(await keysIn(memory)).toEqual([]);
  await ensureLayout(faultyStorage(memory, [{ ...denied, on: "put" }]));
  expect(await keysIn(memory)).toEqual([]);
});

test.each(["storage-not-found", "storage-unavailable"] as const)("%s is told", async (error) => {
  const storage = faultyStorage(new MemoryStorage(), [{ error }]);
  await expect(ensureLayout(storage)).rejects.toMatchObject({ code: error });
});
