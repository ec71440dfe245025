import { expect, test } from "vitest";
import { assertArchiveOf, type Backup, openCatalog } from "../../../lib/catalog/index.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";
import { idAt, putBackup } from "./stored.ts";

const A = idAt("2026-11-19T03:00:00Z", "a");
const B = idAt("2026-11-20T03:00:00Z", "b");

async function backup(): Promise<Backup> {
  const storage = new MemoryStorage();
  await putBackup(storage, A);
  const storages = [{ id: "s", storage }];
  return await openCatalog({ storages, clock: fakeClock() }).find(A, { instance: "box" });
}

test("an archive that says it is another backup is refused", async () => {
  const own = await backup();
  expect(() => assertArchiveOf(own, { id: B })).toThrow(
    `backup ${A} in storage s: the archive beside its backup.json is that of backup ${B}`,
  );
});

test.each([
  ["says the same", { id: A }],
  ["was made by another tool", undefined],
  ["names no backup", { id: 7 }],
  ["names what cannot be a backup", { id: "agent" }],
])("an archive that %s is its record's", async (_what, facts) => {
  const own = await backup();
  expect(() => assertArchiveOf(own, facts)).not.toThrow();
});

test("the name of a native archive is no id", async () => {
  const own: Backup = { ...(await backup()), kind: "native", id: "x-openclaw-backup.tar.gz" };
  expect(() => assertArchiveOf(own, { id: B })).not.toThrow();
});
