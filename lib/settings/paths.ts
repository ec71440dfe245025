import { isAbsolute, join, resolve } from "node:path";

/** Where everything in the home lies. */
export interface HomePaths {
  readonly home: string;
  readonly settings: string;
  readonly settingsLock: string;
  readonly exclude: string;
  readonly secrets: string;
  readonly secretsLock: string;
  readonly secretKey: string;
  /** The answers that setup was given. */
  readonly setup: string;
  /** The directory storage that `init` sets up. */
  readonly storage: string;
}

export function pathsOfHome(home: string): HomePaths {
  return {
    home,
    settings: join(home, "settings.json"),
    settingsLock: join(home, "settings.lock"),
    exclude: join(home, "exclude.json"),
    secrets: join(home, "secrets.json"),
    secretsLock: join(home, "secrets.lock"),
    secretKey: join(home, "secret.key"),
    setup: join(home, "setup.json"),
    storage: join(home, "storage"),
  };
}

/** Where the home is: the flag, else `CLAWBACK_HOME`, else `~/.clawback`; absolute. */
export function resolveHome(
  flag: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  userHome: string,
): string {
  const given = flag || environment.CLAWBACK_HOME;
  return given ? resolve(expandHome(given, userHome)) : join(userHome, ".clawback");
}

/** Replaces a leading `~` by the user's home directory, as a shell would have. */
export function expandHome(path: string, userHome: string): string {
  if (path === "~") return userHome;
  return path.startsWith("~/") ? join(userHome, path.slice(2)) : path;
}

/** Whether a path of a settings file means the same from every working directory. */
export function isFixedPath(path: string): boolean {
  return isAbsolute(path) || path === "~" || path.startsWith("~/");
}
