import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of the test's own, removed with all it holds at the end of the block: `await using dir = await tempDir()`. */
export interface TempDir extends AsyncDisposable {
  /** Absolute, mode 0700. */
  readonly path: string;
  /** A path inside. */
  join(...names: string[]): string;
}

/** Makes a {@link TempDir}, in the system's temporary directory unless `parent` is given. */
export async function tempDir(parent: string = tmpdir()): Promise<TempDir> {
  const path = await mkdtemp(join(parent, "clawback-test-"));
  return {
    path,
    join: (...names) => join(path, ...names),
    [Symbol.asyncDispose]: () => removeAll(path),
  };
}

async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // Only a user who is not root meets directories without write permission.
    await openAll(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openAll(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openAll(join(path, entry.name));
  }
}
