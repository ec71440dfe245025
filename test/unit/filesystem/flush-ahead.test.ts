import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MIB } from "../../../lib/base/index.ts";
import { FlushAhead } from "../../../lib/filesystem/flush-ahead.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

test("a flush begins once much was written, one at a time, and can be waited for", async () => {
  await using temp = await tempDir();
  writeFileSync(temp.join("file"), "content");
  const ahead = new FlushAhead(temp.path);
  ahead.wrote(MIB);
  await ahead.settle();
  for (let i = 0; i < 10; i++) ahead.wrote(100 * MIB);
  await ahead.settle();
});

test("a tree that cannot be flushed so is no failure: the flush at its end finds another way", async () => {
  const ahead = new FlushAhead("/nonexistent/\udcff");
  for (let i = 0; i < 3; i++) {
    ahead.wrote(200 * MIB);
    await expect(ahead.settle()).resolves.toBeUndefined();
  }
});
