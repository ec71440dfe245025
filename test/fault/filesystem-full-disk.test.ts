import { readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  createTreeWriter,
  freeSpace,
  isMountPoint,
  movePath,
  publishFile,
  type TreeLimits,
} from "../../lib/filesystem/index.ts";
import { canMount, smallDisk } from "../helpers/mounts.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const LIMITS: TreeLimits = { maxEntries: 1e6, maxBytes: 1e9, maxDepth: 20, maxNameBytes: 255 };

async function* zeros(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(65_536);
}

describe.skipIf(!canMount)("on a disk that becomes full (needs root)", () => {
  it("a published file fails with no-space and leaves nothing", async () => {
    await using disk = await smallDisk(1024);
    const body = Buffer.alloc(2 * 1024 * 1024);
    await expect(publishFile(`${disk.path}/f`, body)).rejects.toMatchObject({
      code: "no-space",
      hint: expect.any(String),
    });
    expect(readdirSync(disk.path)).toEqual([]);
  });

  it("a published file that would replace one leaves the old one whole", async () => {
    await using disk = await smallDisk(1024);
    writeFileSync(`${disk.path}/f`, "old");
    await expect(publishFile(`${disk.path}/f`, zeros(), { replace: true })).rejects.toMatchObject({
      code: "no-space",
    });
    expect(readdirSync(disk.path)).toEqual(["f"]);
    await publishFile(`${disk.path}/f`, "new", { replace: true });
  });

  it("a tree writer stops before the last byte is taken, and cleans up", async () => {
    await using disk = await smallDisk(4096);
    {
      await using writer = await createTreeWriter(`${disk.path}/out`, { limits: LIMITS });
      await expect(writer.addFile("big", zeros(), { mode: 0o600 })).rejects.toMatchObject({
        code: "no-space",
        details: { availableBytes: expect.any(Number) },
      });
      expect(freeSpace(disk.path).availableBytes).toBeGreaterThan(100_000);
    }
    expect(readdirSync(disk.path)).toEqual([]);
  });

  it("a tree writer says so too when others took the space meanwhile", async () => {
    await using disk = await smallDisk(4096);
    await using writer = await createTreeWriter(`${disk.path}/out`, { limits: LIMITS });
    await writer.addFile("first", Buffer.from("x"), { mode: 0o600 });
    writeFileSync(`${disk.path}/other`, Buffer.alloc(freeSpace(disk.path).availableBytes));
    const body = Buffer.alloc(100_000);
    await expect(writer.addFile("second", body, { mode: 0o600 })).rejects.toMatchObject({
      code: "no-space",
    });
    expect(readdirSync(writer.root)).toEqual(["first"]);
  });
});

describe.skipIf(!canMount)("across filesystems (needs root)", () => {
  it("a mounted disk is a mount point with a device of its own, and nothing is moved onto it", async () => {
    await using disk = await smallDisk(1024);
    await using temp = await tempDir();
    writeFileSync(temp.join("f"), "x");
    expect([isMountPoint(disk.path), isMountPoint(temp.path)]).toEqual([true, false]);
    expect(freeSpace(disk.path).device).not.toBe(freeSpace(temp.path).device);
    expect(freeSpace(`${disk.path}/not/yet`).device).toBe(freeSpace(disk.path).device);
    expect(() => movePath(temp.join("f"), `${disk.path}/f`)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ systemCode: "EXDEV" }) }),
    );
    expect(readdirSync(temp.path)).toEqual(["f"]);
  });
});
