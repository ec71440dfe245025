import { hash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { ObjectStorage } from "../../lib/storage/index.ts";

const sha256 = (bytes: Uint8Array): string => hash("sha256", bytes);

/** What every `ObjectStorage` promises of a hash that it is given with a body. */
export function testKnownHashes(open: () => ObjectStorage, triesWrongHash = true): void {
  test("takes the hash that the caller knows", async () => {
    const storage = open();
    const body = randomBytes(1000);
    const put = await storage.put("a", body, { sha256: sha256(body) });
    expect(put.sha256).toBe(sha256(body));
    expect(Buffer.compare(await storage.get("a", 1000), body)).toBe(0);
  });

  test.runIf(triesWrongHash)("never answers with a hash that is not of the bytes", async () => {
    const storage = open();
    const body = randomBytes(1000);
    const put = storage.put("a", body, { sha256: sha256(randomBytes(5)) });
    const answered = await put.then(
      (result) => result.sha256,
      () => "refused",
    );
    expect([sha256(body), "refused"]).toContain(answered);
    if (answered === "refused") expect(await storage.find("a")).toBeUndefined();
  });
}
