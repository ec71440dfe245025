import type { ArchiveContents } from "../../archive/index.ts";
import { parseScope } from "../scope/index.ts";

/** Whether an archive holds a whole state directory, apart from what is left out on purpose. */
export function isWhole(contents: ArchiveContents): boolean {
  if (contents.kind === "clawback") return parseScope(contents.clawback)?.full === true;
  return contents.kind === "plain" || contents.assets.some(({ kind }) => kind === "state");
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
