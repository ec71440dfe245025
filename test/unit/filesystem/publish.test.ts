import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createFileSink, publishFile } from "../../../lib/filesystem/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

describe("publishFile", () => {
  it("writes text, bytes and streams under the mode asked for, whatever the umask", async () => {
    await using temp = await tempDir();
    async function* stream() {
      yield Buffer.from("one ");
      yield Buffer.from("two");
    }
    await publishFile(temp.join("text"), "héllo");
    await publishFile(temp.join("bytes"), Uint8Array.of(1, 2), { mode: 0o666 });
    await publishFile(temp.join("stream"), stream());
    expect(readFileSync(temp.join("text"), "utf8")).toBe("héllo");
    expect([...readFileSync(temp.join("bytes"))]).toEqual([1, 2]);
    expect(readFileSync(temp.join("stream"), "utf8")).toBe("one two");
    expect(statSync(temp.join("text")).mode & 0o7777).toBe(0o600);
    expect(statSync(temp.join("bytes")).mode & 0o7777).toBe(0o666);
    expect(readdirSync(temp.path)).toHaveLength(3);
  });

  it("refuses a file that exists, and leaves it alone", async () => {
    await using temp = await tempDir();
    writeFileSync(temp.join("f"), "old");
    await expect(publishFile(temp.join("f"), "new")).rejects.toMatchObject({
      code: "target-not-empty",
    });
    expect(readFileSync(temp.join("f"), "utf8")).toBe("old");
    expect(readdirSync(temp.path)).toEqual(["f"]);
  });

  it("replaces one when told to", async () => {
    await using temp = await tempDir();
    writeFileSync(temp.join("f"), "old");
    chmodSync(temp.join("f"), 0o444);
    await publishFile(temp.join("f"), "new", { replace: true });
    expect(readFileSync(temp.join("f"), "utf8")).toBe("new");
    expect(readdirSync(temp.path)).toEqual(["f"]);
  });

  it("lets exactly one of many have the name", async () => {
    await using temp = await tempDir();
    const tries = Array.from({ length: 8 }, (_, i) => publishFile(temp.join("f"), `${i}`));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(readdirSync(temp.path)).toEqual(["f"]);
  });

  it("leaves nothing behind when the body fails half way", async () => {
    await using temp = await tempDir();
    async function* broken() {
      yield Buffer.alloc(100_000);
      throw new Error("connection reset");
    }
    await expect(publishFile(temp.join("f"), broken())).rejects.toThrow("connection reset");
    expect(readdirSync(temp.path)).toEqual([]);
  });

  it("says when the directory is missing", async () => {
    await using temp = await tempDir();
    await expect(publishFile(temp.join("no", "f"), "x")).rejects.toMatchObject({
      code: "path-not-found",
    });
  });

  it("publishes nothing before it is told to, and nothing when it is discarded", async () => {
    await using temp = await tempDir();
    {
      await using sink = await createFileSink(temp.join("f"));
      await sink.write(Buffer.from("x"));
      expect(readdirSync(temp.path)).not.toContain("f");
    }
    expect(readdirSync(temp.path)).toEqual([]);
  });
});
