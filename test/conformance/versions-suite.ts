import { expect, test } from "vitest";
import type { ObjectStorage } from "../../lib/storage/index.ts";
import { collect } from "../helpers/chunks.ts";

const text = (words: string): Uint8Array => Buffer.from(words);

/** What every `ObjectStorage` promises of versions, where the service keeps them. */
export function testVersions(open: () => ObjectStorage): void {
  test("reads a version by its id, also when it was replaced and deleted since", async () => {
    const storage = open();
    await storage.put("v/1", text("first"));
    const [first] = await collect(storage.listVersions("v/1"));
    const read = (versionId = ""): Promise<Uint8Array> => storage.get("v/1", 10, { versionId });
    expect(Buffer.from(await read(first?.versionId)).toString()).toBe("first");
    await storage.put("v/1", text("second"));
    await storage.delete("v/1");
    const versions = await collect(storage.listVersions("v/1"));
    if ((await storage.features()).versioning !== true) {
      expect(versions).toEqual([]);
      const gone = { code: "storage-object-not-found" };
      await expect(read(first?.versionId)).rejects.toMatchObject(gone);
      return;
    }
    const kinds = versions.map(({ isDeleteMarker, isLatest }) => [isDeleteMarker, isLatest]);
    expect(kinds).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
    expect(versions[2]?.versionId).toBe(first?.versionId);
    expect(Buffer.from(await read(first?.versionId)).toString()).toBe("first");
    const marker = { code: "storage-object-not-found" };
    await expect(read(versions[0]?.versionId)).rejects.toMatchObject(marker);
  });
}
