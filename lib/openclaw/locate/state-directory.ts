import { posix } from "node:path";
import { BackupError, quote } from "../../base/index.ts";
import { type Path, pathExists, realPath, statPath } from "../../filesystem/index.ts";
import type { ResolvedSettings } from "./settings.ts";

/** What an OpenClaw state directory has at least one of. */
const SIGNS = [
  "openclaw.json",
  "clawdbot.json",
  "state",
  "agents",
  "workspace",
  "credentials",
  "sessions",
  "cron",
  "identity",
];

/**
 * Makes sure that the settings lead to an OpenClaw state directory.
 * @returns the state directory with links resolved.
 * @throws BackupError `installation-not-found`; `source-unreadable` when it may not be looked at.
 */
export function assertInstallation(settings: ResolvedSettings): Path {
  const { stateDir, chosenBy, configPath } = settings;
  const there = realPath(stateDir);
  const real = there !== undefined && statPath(there)?.type === "dir" ? there : undefined;
  const isOpenClaw = real !== undefined && SIGNS.some((name) => pathExists(posix.join(real, name)));
  if (real !== undefined && (isOpenClaw || pathExists(configPath))) return real;
  const problem =
    there === undefined
      ? "does not exist"
      : real === undefined
        ? "is no directory"
        : "holds nothing of OpenClaw";
  throw new BackupError(
    "installation-not-found",
    `no OpenClaw installation was found: ${quote(stateDir)} (from ${chosenBy}) ${problem}`,
    {
      hint: "say where it is with --state-dir DIR or --profile NAME, or set OPENCLAW_STATE_DIR",
      details: { lookedAt: [stateDir, configPath] },
    },
  );
}
