import { describe, expect, test } from "vitest";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { collect } from "../../helpers/chunks.ts";
import { fakeClock } from "../../helpers/fake-clock.ts";

describe("memory storage with versions", () => {
  test("lists every version, newest first, with the markers of deletions", async () => {
    const clock = fakeClock();
    const storage = new MemoryStorage({ versioning: true, clock });
    await storage.put("a", Buffer.from("1"));
    clock.advance(1000);
    await storage.put("a", Buffer.from("22"));
    clock.advance(1000);
    await storage.delete("a");
    await storage.put("b", Buffer.from("333"));
    const versions = await collect(storage.listVersions(""));
    expect(
      versions.map(({ key, sizeBytes, isLatest, isDeleteMarker }) => ({
        key,
        sizeBytes,
        isLatest,
        isDeleteMarker,
      })),
    ).toEqual([
      { key: "a", sizeBytes: 0, isLatest: true, isDeleteMarker: true },
      { key: "a", sizeBytes: 2, isLatest: false, isDeleteMarker: false },
      { key: "a", sizeBytes: 1, isLatest: false, isDeleteMarker: false },
      { key: "b", sizeBytes: 3, isLatest: true, isDeleteMarker: false },
    ]);
    expect(new Set(versions.map(({ versionId }) => versionId)).size).toBe(4);
    expect((await collect(storage.list(""))).map(({ key }) => key)).toEqual(["b"]);
    expect(await storage.find("a")).toBeUndefined();
  });

  test("can be created again after its deletion", async () => {
    const storage = new MemoryStorage({ versioning: true });
    await storage.put("a", Buffer.from("1"));
    await storage.delete("a");
    await storage.put("a", Buffer.from("2"), { ifAbsent: true });
    expect(Buffer.from(await storage.get("a", 1)).toString()).toBe("2");
  });

  test("forgets without versioning", async () => {
    const storage = new MemoryStorage();
    await storage.put("a", Buffer.from("1"));
    await storage.put("a", Buffer.from("2"));
    expect(await collect(storage.listVersions(""))).toHaveLength(1);
    await storage.delete("a");
    expect(await collect(storage.listVersions(""))).toEqual([]);
  });
});
