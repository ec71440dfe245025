import type { ArchiveContents } from "../../archive/index.ts";
import type { Path } from "../../filesystem/index.ts";
import { join } from "../layout/index.ts";
import { parseScope } from "../scope/index.ts";
import type { ArchiveTree } from "./found-roots.ts";

/** What a state directory that is in use has more than one of, beside its config. */
const PARTS = ["agents", "credentials", "cron", "identity", "sessions", "state", "workspace"];

/**
 * Whether an archive holds a whole state directory, apart from what is left out on purpose. A plain tar does not say what it was meant to
 * hold; it is taken for whole when it has the config and some of the rest.
 */
export function isWhole(contents: ArchiveContents, tree: ArchiveTree, stateDir: Path): boolean {
  const { kind, assets, clawback } = contents;
  if (kind === "clawback") return parseScope(clawback)?.full === true;
  if (kind === "openclaw") return assets.some((asset) => asset.kind === "state");
  const has = (name: string) => tree.typeAt(join(stateDir, name)) !== undefined;
  return has("openclaw.json") && PARTS.filter(has).length >= 2;
}

/** Whether a database is missing that OpenClaw cannot live without. */
export function isDegraded({ fileList, stateDir }: ArchiveContents): boolean {
  const omissions = fileList?.omissions ?? [];
  return omissions.some(
    ({ path }) =>
      path.endsWith("/openclaw-agent.sqlite") ||
      (stateDir !== undefined && path === `${stateDir}/state/openclaw.sqlite`),
  );
}
