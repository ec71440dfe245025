import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
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
  const prefix = `.${basename(folder)}-`;
  await mkdir(parent, { recursive: true });
  await withLock(join(parent, "locks", `${basename(folder)}.lock`), async () => {
    if (existsSync(folder)) {
      return;
    }
    await removeLeftovers(parent, prefix);
    const temporary = await mkdtemp(join(parent, prefix));
    try {
      await fill(temporary);
      await rename(temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
}

/** Removes what an earlier run left when it was killed. Only the owner of the lock may: nobody else is filling one. */
async function removeLeftovers(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}
