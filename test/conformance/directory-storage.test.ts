import { afterAll } from "vitest";
import { systemClock } from "../../lib/base/index.ts";
import {
  type ObjectStorage,
  openDirectoryStorage,
  withPrefix,
  withRetry,
} from "../../lib/storage/index.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { describeStorage } from "./storage-suite.ts";

const made: TempDir[] = [];
afterAll(async () => {
  for (const dir of made) await dir[Symbol.asyncDispose]();
});

async function openTemporary(): Promise<ObjectStorage> {
  const dir = await tempDir();
  made.push(dir);
  return await openDirectoryStorage({ path: dir.path });
}

describeStorage("a directory", openTemporary);
describeStorage("a directory with retries", async () =>
  withRetry(await openTemporary(), { clock: systemClock }),
);
describeStorage("a part of a directory", async () =>
  withPrefix(await openTemporary(), "some/where"),
);
