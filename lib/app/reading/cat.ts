import type { SelectOptions } from "../catalog.ts";
import type { AppContext } from "../context.ts";
import { openSnapshotOnly } from "./any-source.ts";
import { contentOf } from "./snapshot-content.ts";
import { getNode } from "./snapshot-paths.ts";

/**
 * Gives the content of one file as it was when a snapshot was made. `path` is absolute, or relative to the state directory.
 * @throws BackupError `path-not-found`, `invalid-argument` for what is no file; `data-missing`, `data-corrupt`
 */
export async function* catFile(
  app: AppContext,
  selector: string,
  path: string,
  options: SelectOptions = {},
): AsyncGenerator<Uint8Array> {
  const opened = await openSnapshotOnly(app, selector, options);
  yield* contentOf(opened, await getNode(opened, path, app.signal), app.signal);
}
