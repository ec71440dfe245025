import { describe, expect, test } from "vitest";
import { MemoryStorage, withPrefix } from "../../../lib/storage/index.ts";
import { collect } from "../../helpers/chunks.ts";

describe("a part of a storage", () => {
  test("keeps everything below its prefix, and sees nothing else", async () => {
    const memory = new MemoryStorage();
    await memory.put("host-2/a", Buffer.from("not ours"));
    const part = withPrefix(memory, "host");
    await part.put("a", Buffer.from("ours"));
    expect((await collect(memory.list(""))).map(({ key }) => key)).toEqual(["host-2/a", "host/a"]);
    expect((await collect(part.list(""))).map(({ key }) => key)).toEqual(["a"]);
    expect((await part.find("a"))?.key).toBe("a");
  });

  test.each(["backups", "/backups/", "backups//"])("takes %j as backups/", async (prefix) => {
    const memory = new MemoryStorage();
    const part = withPrefix(memory, prefix);
    await part.put("a", Buffer.from("x"));
    expect(await memory.find("backups/a")).toBeDefined();
    expect(part.location).toBe("memory/backups");
  });

  test("is the storage itself when the prefix is empty", () => {
    const memory = new MemoryStorage();
    expect(withPrefix(memory, "/")).toBe(memory);
  });

  test.each(["..", "a/../b", "a//b"])("refuses the prefix %j", (prefix) => {
    expect(() => withPrefix(new MemoryStorage(), prefix)).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  test("does not let a key leave it", async () => {
    const part = withPrefix(new MemoryStorage(), "mine");
    await expect(part.put("../other/a", Buffer.from("x"))).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });
});
