import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { MIB } from "../../../lib/base/index.ts";
import { openDirectoryStorage } from "../../../lib/storage/index.ts";
import { chunksOf } from "../../helpers/chunks.ts";
import { canMount, smallDisk } from "../../helpers/mounts.ts";

test.skipIf(!canMount)("a full disk is named, and nothing half-written stays on it", async () => {
  await using disk = await smallDisk(2048);
  const storage = await openDirectoryStorage({ path: disk.path });
  await storage.put("first", randomBytes(MIB));
  const full = {
    code: "storage-full",
    message: expect.stringContaining("the disk or quota is full (ENOSPC)"),
    hint: "free some space there, or choose another storage",
  };
  await expect(storage.put("second", randomBytes(2 * MIB))).rejects.toMatchObject(full);
  const stream = storage.putStream("folder/third", chunksOf(randomBytes(3 * MIB)));
  await expect(stream).rejects.toMatchObject(full);
  expect(await readdir(disk.path)).toEqual(["first"]);
  await storage.put("fits", randomBytes(MIB / 2));
  expect(await storage.get("first", MIB)).toHaveLength(MIB);
});

test.skipIf(!canMount)("a read-only disk is named", async () => {
  await using disk = await smallDisk(1024);
  const storage = await openDirectoryStorage({ path: disk.path });
  await storage.put("first", Buffer.from("x"));
  execFileSync("mount", ["-o", "remount,ro", disk.path]);
  for (const key of ["second", "new/folder/second"]) {
    await expect(storage.put(key, Buffer.from("x"))).rejects.toMatchObject({
      code: "storage-access-denied",
      message: expect.stringContaining("mounted read-only"),
    });
  }
  await expect(storage.delete("first")).rejects.toMatchObject({ code: "storage-access-denied" });
  expect(await storage.get("first", 10)).toHaveLength(1);
  expect((await storage.features()).conditionalCreate).toBe(true);
});
