import type { Omission } from "../../archive/index.ts";
import { count, quote } from "../../base/index.ts";
import type { Path } from "../../filesystem/index.ts";
import { type GatewayState, gatewayStopCommand } from "../../openclaw/index.ts";
import { isInTree, type Place, relativeTo } from "../layout/index.ts";
import type { PlanRestoreOptions } from "../types.ts";

const MAX_NAMED = 5;

/** What nothing but the reader's own knowledge can vouch for. */
export function originWarnings({ source, passphrases }: PlanRestoreOptions): string[] {
  const isSnapshot = source.snapshot !== undefined;
  if (source.backup !== undefined || isSnapshot || passphrases.length > 0) return [];
  return [
    `${source.label} was made by an unknown key: nothing authenticates this archive, and what it holds will run; go on only if you know where it comes from`,
  ];
}

/** What is missing from the backup. */
export function omissionWarnings(
  omissions: readonly Omission[],
  isLive: (path: Path) => boolean,
): string[] {
  const named = omissions.slice(0, MAX_NAMED).map(({ path, reason }) => {
    const fate = isLive(path) ? "what is there now stays" : "it will be missing";
    return `${quote(path)} is not in the backup (${reason}): ${fate}`;
  });
  const rest = omissions.length - named.length;
  return rest > 0
    ? [...named, `and ${count(rest, "more path")} that could not be captured`]
    : named;
}

export function degradedWarnings({ source, target }: PlanRestoreOptions): string[] {
  if (source.backup?.degraded !== true) return [];
  const what = target === undefined ? "; only what it holds is replaced" : "";
  return [
    `the backup is degraded: a database that OpenClaw cannot live without is not in it${what}`,
  ];
}

/** What a backup of another place brings along. */
export function movedWarnings(from: Path, to: Path): string[] {
  if (from === to || !from.startsWith("/")) return [];
  return [
    `the backup was made of ${quote(from)} and goes to ${quote(to)}: absolute paths in the config and in cron jobs still name the old place`,
  ];
}

export function gatewayWarnings(gateway: GatewayState, what: string = "restore"): string[] {
  if (gateway.status === "stopped") return [];
  return [
    `a Gateway uses the state directory (${gateway.detail}); the ${what} will refuse until it is stopped: ${gatewayStopCommand(gateway)}`,
  ];
}

/** What cannot be replaced because something is mounted there by itself. */
export function mountWarnings(places: readonly Place[], isFile: (path: Path) => boolean): string[] {
  return places.flatMap(({ mounts, to, live }) =>
    mounts
      .filter((mount) => isInTree(mount, live) && isFile(mount))
      .map(
        (mount) =>
          `${quote(relativeTo(live, mount))} in ${quote(to)} is mounted by itself and stays as it is`,
      ),
  );
}
