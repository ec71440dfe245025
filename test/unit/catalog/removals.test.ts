import { expect, test } from "vitest";
import { BackupError } from "../../../lib/base/index.ts";
import { readRemovals, recordRemoval } from "../../../lib/catalog/index.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";

const [A, B, C] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
const at = (time: string) => ({ now: new Date(time) });
const since = (time: string) => ({ since: new Date(time) });

test("what was removed since a time is known, with a day's margin for clocks that differ", async () => {
  const storage = new MemoryStorage();
  await recordRemoval(storage, "agent", { snapshots: [A] }, at("2026-11-18T03:00:00Z"));
  await recordRemoval(storage, "agent", { snapshots: [B] }, at("2026-11-20T04:00:00Z"));
  await recordRemoval(storage, "agent", { keys: [C] }, at("2026-11-21T03:00:00Z"));
  await recordRemoval(storage, "other", { keys: [A] }, at("2026-11-21T03:00:00Z"));
  const removed = await readRemovals(storage, "agent", since("2026-11-21T03:00:00Z"));
  expect([...removed]).toEqual([B, C]);
});

test("a record that cannot be read hides no other", async () => {
  const storage = new MemoryStorage();
  const put = (name: string, body: string) =>
    storage.put(`agent/removed/${name}.json`, Buffer.from(body));
  await put("20261121T030000Z-aaaaaa", "{");
  await put("20261121T030001Z-aaaaaa", '{"version":2}');
  await put("20261121T030002Z-aaaaaa", '{"version":1,"snapshots":"x"}');
  await recordRemoval(storage, "agent", { snapshots: [A] }, at("2026-11-21T03:00:03Z"));
  expect(await readRemovals(storage, "agent", since("2026-11-21T03:00:00Z"))).toEqual(new Set([A]));
});

test("who may remove and not write removes all the same", async () => {
  const storage = new MemoryStorage();
  storage.put = async () => {
    throw new BackupError("storage-access-denied", "no right to write");
  };
  await recordRemoval(storage, "agent", { snapshots: [A] }, at("2026-11-21T03:00:00Z"));
  expect(await readRemovals(storage, "agent", since("2026-11-21T03:00:00Z"))).toEqual(new Set());
});
