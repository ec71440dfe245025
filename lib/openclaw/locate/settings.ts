import { posix } from "node:path";
import { BackupError, quote } from "../../base/index.ts";
import { type Path, pathExists } from "../../filesystem/index.ts";
import type { LocateOptions } from "../types.ts";

type Environment = LocateOptions["environment"];

/** Where OpenClaw's own settings lead, before anything of the installation is read. */
export interface ResolvedSettings {
  /** As the settings say; may be a link, and may not exist. */
  readonly stateDir: Path;
  readonly configPath: Path;
  readonly credentialsDir: Path;
  /** The workspace of an agent that has none configured. */
  readonly defaultWorkspace: Path;
  readonly includeRoots: readonly Path[];
  /** The home that `~` means. */
  readonly home: Path;
  /** `~/.agents/skills`, when this state directory uses it. */
  readonly personalSkills: Path | undefined;
  /** What chose the state directory, in words. */
  readonly chosenBy: string;
}

const STATE_NAME = ".openclaw";
/** The program's earlier name; used when the newer directory or file is not there. */
const LEGACY_STATE_NAME = ".clawdbot";
const CONFIG_NAMES = ["openclaw.json", "clawdbot.json"] as const;
const PROFILE_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/i;

/**
 * Applies OpenClaw's relocation settings: `--state-dir`, then OPENCLAW_STATE_DIR, `--profile`, OPENCLAW_HOME, `~/.openclaw`.
 * @throws BackupError `invalid-argument` for a profile name that OpenClaw would refuse.
 */
export function resolveSettings(options: LocateOptions): ResolvedSettings {
  const { environment, userHome } = options;
  const home = homeOf(environment, userHome);
  const resolve = (path: string): Path => expandHome(path, home);
  const chosen = chooseStateDir(options, home);
  const { stateDir } = chosen;
  const configured = setting(environment, "OPENCLAW_CONFIG_PATH");
  const oauth = setting(environment, "OPENCLAW_OAUTH_DIR");
  return {
    ...chosen,
    configPath: configured === undefined ? configIn(stateDir) : resolve(configured),
    credentialsDir: oauth === undefined ? posix.join(stateDir, "credentials") : resolve(oauth),
    defaultWorkspace: defaultWorkspace(options, chosen, home),
    includeRoots: (setting(environment, "OPENCLAW_INCLUDE_ROOTS") ?? "")
      .split(":")
      .filter((root) => root.trim() !== "")
      .map((root) => resolve(root)),
    home,
    // OpenClaw takes these from the user's own home, wherever OPENCLAW_HOME is.
    personalSkills: chosen.isDefault ? posix.join(userHome, ".agents", "skills") : undefined,
  };
}

/** An absolute, normalized path from what a user or a config wrote; `~` is OpenClaw's home. */
export function expandHome(path: string, home: Path): Path {
  const trimmed = path.trim().replaceAll("\0", "");
  const expanded = /^~(?=$|\/)/.test(trimmed) ? home + trimmed.slice(1) : trimmed;
  return withoutTrailingSlash(posix.resolve(expanded));
}

interface ChosenStateDir {
  readonly stateDir: Path;
  readonly chosenBy: string;
  /** Whether nothing moved it away from the home's own. */
  readonly isDefault: boolean;
}

function chooseStateDir(options: LocateOptions, home: Path): ChosenStateDir {
  const { environment } = options;
  const standard = posix.join(home, STATE_NAME);
  const moved = (path: string, chosenBy: string): ChosenStateDir => {
    const stateDir = expandHome(path, home);
    return { stateDir, chosenBy, isDefault: stateDir === standard };
  };
  if (options.stateDir !== undefined) return moved(options.stateDir, "--state-dir");
  const fromEnvironment = setting(environment, "OPENCLAW_STATE_DIR");
  if (fromEnvironment !== undefined) return moved(fromEnvironment, "OPENCLAW_STATE_DIR");
  if (options.profile !== undefined) {
    return moved(posix.join(home, profileName(options.profile)), "--profile");
  }
  const legacy = posix.join(home, LEGACY_STATE_NAME);
  const isLegacy = !pathExists(standard) && pathExists(legacy);
  return {
    stateDir: isLegacy ? legacy : standard,
    chosenBy:
      setting(environment, "OPENCLAW_HOME") === undefined ? "the home directory" : "OPENCLAW_HOME",
    isDefault: true,
  };
}

function profileName(profile: string): string {
  const name = profile.trim();
  if (!PROFILE_PATTERN.test(name)) {
    throw new BackupError("invalid-argument", `profile ${quote(profile)} is not a name`, {
      hint: "use 1 to 64 letters, digits, dashes or underscores, starting with a letter or digit",
    });
  }
  return name.toLowerCase() === "default" ? STATE_NAME : `${STATE_NAME}-${name}`;
}

function configIn(stateDir: Path): Path {
  const paths = CONFIG_NAMES.map((name) => posix.join(stateDir, name));
  return paths.find((path) => pathExists(path)) ?? posix.join(stateDir, CONFIG_NAMES[0]);
}

/** OpenClaw takes OPENCLAW_PROFILE from the environment for this one path, but not for the state directory. */
function defaultWorkspace(options: LocateOptions, chosen: ChosenStateDir, home: Path): Path {
  const { environment } = options;
  const configured = setting(environment, "OPENCLAW_WORKSPACE_DIR");
  if (configured !== undefined) return posix.resolve(configured);
  const isMoved =
    options.stateDir !== undefined ||
    options.profile !== undefined ||
    setting(environment, "OPENCLAW_STATE_DIR") !== undefined;
  if (isMoved) return posix.join(chosen.stateDir, "workspace");
  const profile = setting(environment, "OPENCLAW_PROFILE");
  const isNamed = profile !== undefined && PROFILE_PATTERN.test(profile);
  return posix.join(home, isNamed ? profileName(profile) : STATE_NAME, "workspace");
}

function homeOf(environment: Environment, userHome: string): Path {
  const given = setting(environment, "OPENCLAW_HOME");
  if (given === undefined || given === "undefined" || given === "null") {
    return withoutTrailingSlash(posix.resolve(userHome));
  }
  return expandHome(given, userHome);
}

function setting(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
}

function withoutTrailingSlash(path: Path): Path {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
