import { userInfo } from "node:os";
import { join } from "node:path";
import type { ScheduleHost } from "../../schedule/index.ts";
import type { AppContext } from "../context.ts";

/**
 * What jobs need of the environment, where it is set. No secrets: they would lie in files that every user can read. Those that may hold one
 * are named below.
 */
const PASSED = [
  ...["PATH", "CLAWBACK_PASSWORD_FILE", "CLAWBACK_PASSWORD_COMMAND"],
  ...["CLAWBACK_INSTANCE", "CLAWBACK_STORAGE", "CLAWBACK_COMPRESSION_LEVEL"],
  ...["OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_HOME"],
  ...["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE"],
  ...["AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"],
];
/** Those that are paths, and may have been given relative to where one stands. */
const PATHS = [
  ...["CLAWBACK_PASSWORD_FILE", "OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_HOME"],
  ...["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"],
];
const SECRETS = ["CLAWBACK_PASSWORD", "CLAWBACK_ENCRYPTION_KEY", "AWS_SECRET_ACCESS_KEY"];

/** This machine, as timers are written for it. */
export function hostOf({ settings, environment }: AppContext): ScheduleHost {
  const { home, userHome, installation } = settings;
  const passed = PASSED.flatMap((name) => {
    const value = environment.variables[name];
    if (value === undefined || value === "") return [];
    return [[name, asAnywhere(name, value, environment.cwd)] as const];
  });
  const isUsual = home === join(userHome, ".clawback");
  return {
    instance: settings.instance,
    program: environment.program ?? ["clawback"],
    flags: [
      ...(installation.profile === undefined ? [] : ["--profile", installation.profile]),
      ...(installation.stateDir === undefined ? [] : ["--state-dir", installation.stateDir]),
    ],
    environment: { ...Object.fromEntries(passed), ...(isUsual ? {} : { CLAWBACK_HOME: home }) },
    variables: environment.variables,
    userHome,
    userName: userInfo().username,
    uid: environment.uid,
  };
}

/** A value that means the same wherever a job is started. */
function asAnywhere(name: string, value: string, cwd: string): string {
  if (name === "PATH") return shortenPath(value);
  return !PATHS.includes(name) || /^[/~]/.test(value) ? value : join(cwd, value);
}

/** Each directory once, and none that depends on where one stands. */
function shortenPath(path: string): string {
  return [...new Set(path.split(":").filter((directory) => directory.startsWith("/")))].join(":");
}

/** What is set here and not written for timers. */
export function secretNotes({ environment }: AppContext): string[] {
  return SECRETS.filter((name) => (environment.variables[name] ?? "") !== "").map((name) => {
    const instead =
      name === "CLAWBACK_PASSWORD"
        ? "put it into a file of mode 0600 and set CLAWBACK_PASSWORD_FILE"
        : "timers need it from a file or a profile";
    return `${name} is set here, and is not written into timers, which others can read: ${instead}`;
  });
}
