import type { Path } from "../../filesystem/index.ts";
import { keepGatewayAuth, readGatewayAuth } from "../../openclaw/index.ts";
import { includeRootsOf, MAX_CONFIG_BYTES, readConfig } from "../apply/index.ts";
import type { SnapshotEntry } from "../types.ts";
import type { Scene } from "./scene.ts";
import type { Difference, PlanRollbackOptions } from "./types.ts";

/**
 * Leaves out config files that differ from the snapshot's by this host's gateway auth alone, which they keep: after a move to another
 * host that is so for every snapshot from before.
 */
export async function withoutSameConfig(
  differences: readonly Difference[],
  { installation, environment, source, signal }: PlanRollbackOptions,
  { entries }: Scene,
): Promise<Difference[]> {
  const configs = differences.filter(
    ({ live, action, entry, path }) =>
      action === "replace" &&
      entry.what?.includes("content") === true &&
      !entry.what.includes("mode") &&
      entry.sizeBytes <= MAX_CONFIG_BYTES &&
      path !== undefined &&
      installation.configFiles.includes(live),
  );
  if (configs.length === 0) return [...differences];
  const texts = new Map<Path, string>();
  for (const { live, path } of configs) {
    const entry = entries.get(path ?? "");
    if (entry !== undefined) texts.set(live, await textOf(entry, source.snapshot, signal));
  }
  const { configPath } = installation;
  const includeRoots = includeRootsOf(environment);
  const live = await readGatewayAuth({ configPath, read: readConfig, includeRoots });
  const read = (path: Path) => texts.get(path) ?? readConfig(path);
  const { edits } = await keepGatewayAuth({ configPath, read, includeRoots }, live);
  const isSame = (difference: Difference): boolean =>
    configs.includes(difference) &&
    edits.some((edit) => edit.path === difference.live && edit.text === readConfig(edit.path));
  return differences.filter((difference) => !isSame(difference));
}

async function textOf(
  entry: SnapshotEntry,
  snapshot: PlanRollbackOptions["source"]["snapshot"],
  signal: AbortSignal | undefined,
): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const { content } of snapshot.readFiles([entry], { signal })) {
    if (content instanceof Uint8Array) pieces.push(Buffer.from(content));
    else for await (const piece of content) pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces).toString("utf8");
}
