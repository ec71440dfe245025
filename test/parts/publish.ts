import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withLock } from "./lock.ts";

/**
 * Makes a folder of the cache, all or nothing: `fill` works in a temporary folder beside it, which then gets
 * the folder's name. Does nothing when the folder is there already, also when another process made it meanwhile.
 */
export async function publishFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  await withLock(join(parent, "locks", `${basename(folder)}.lock`), async () => {
    if (existsSync(folder)) {
      return;
    }
    const temporary = await mkdtemp(join(parent, `.${basename(folder)}-`));
    try {
      await fill(temporary);
      await rename(temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
}
