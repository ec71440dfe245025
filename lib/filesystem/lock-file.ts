import type { Path } from "./types.ts";

export async function lockFile(path: Path): Promise<AsyncDisposable> {
  throw new Error(path);
}
