import { resolve } from "node:path";
import { BackupError, isBackupError, parseSize, quote, type Secret } from "../base/index.ts";
import type { Environment } from "./environment.ts";
import { DEFAULT_EXCLUDE, parseExcludeFile } from "./exclude-file.ts";
import { deepFreeze } from "./freeze.ts";
import { assertHomeDirectory, readHomeFile, readSettingsFile } from "./home.ts";
import { defaultInstanceName } from "./instance-name.ts";
import { resolvePassword } from "./password.ts";
import { expandHome, type HomePaths, pathsOfHome, resolveHome } from "./paths.ts";
import { listLoosePermissions } from "./permissions.ts";
import { openSecretStore, storageSecretName } from "./secret-store.ts";
import type { SettingsFile, StorageEntry } from "./settings-file.ts";
import type { Settings, StorageSettings } from "./types.ts";
import { readVariables } from "./variables.ts";

const MAX_EXCLUDE_BYTES = 1024 * 1024;
const DEFAULT_COMPRESSION_LEVEL = 1;

/** Flags that stand for settings. Others may lie beside them and are not looked at. */
export interface SettingsFlags {
  readonly home?: unknown;
  readonly instance?: unknown;
  readonly stateDir?: unknown;
  readonly profile?: unknown;
  readonly passwordFile?: unknown;
  readonly password?: unknown;
}

export interface LoadSettingsOptions {
  readonly environment: Environment;
  readonly flags?: SettingsFlags | undefined;
  /** Whether the password is fetched, which may start a program or fail. @default true */
  readonly withPassword?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** Worth telling the user, stopping nothing: loosened permissions, a visible password, a misspelt variable. */
  readonly warnings: readonly string[];
}

/**
 * Reads everything that was configured: defaults, `settings.json` and `exclude.json` of the home, the environment and flags, each
 * standing above the one before. Writes nothing; a home that is not there yet gives the defaults.
 *
 * @throws BackupError `invalid-settings`, `version-too-new`, `invalid-argument`, `home-unusable`
 */
export async function loadSettings(options: LoadSettingsOptions): Promise<LoadedSettings> {
  const { environment } = options;
  const flags = readFlags(options.flags ?? {});
  const paths = pathsOfHome(resolveHome(flags.home, environment.variables, environment.userHome));
  assertHomeDirectory(paths.home);
  const file = readSettingsFile(paths.home);
  const variables = readVariables(environment.variables);
  const resolved =
    options.withPassword === false
      ? { password: undefined, warnings: [] }
      : await resolvePassword({
          ...flags,
          environment: environment.variables,
          signal: options.signal,
        });
  const settings: Settings = deepFreeze({
    home: paths.home,
    isConfigured: file !== undefined,
    instance:
      flags.instance ??
      variables.instance ??
      file?.instance ??
      defaultInstanceName(environment.hostName),
    storages: (file?.storages ?? []).map((entry) => toStorage(entry, paths.home, environment)),
    defaultStorage: variables.storage ?? file?.defaultStorage,
    installation: toInstallation(file, flags, environment),
    ...loadExcludeFile(paths),
    compressionLevel:
      variables.compressionLevel ?? file?.compressionLevel ?? DEFAULT_COMPRESSION_LEVEL,
    recipients: (file?.recipients ?? []).map((path) => expandHome(path, environment.userHome)),
    retention: file?.retention ?? {},
    jobs: file?.jobs ?? {},
    health: toHealth(file, environment),
    notify: file?.notify ?? {},
    password: resolved.password,
    userHome: environment.userHome,
    environment: environment.variables,
  });
  const warnings = [...variables.warnings, ...listLoosePermissions(paths), ...resolved.warnings];
  return { settings, warnings };
}

interface Flags {
  readonly home: string | undefined;
  readonly instance: string | undefined;
  readonly stateDir: string | undefined;
  readonly profile: string | undefined;
  readonly passwordFile: string | undefined;
  readonly password: string | undefined;
}

function readFlags(flags: SettingsFlags): Flags {
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const instance = text(flags.instance);
  return {
    home: text(flags.home),
    // To list the backups of all instances is no change of one's own name.
    instance: instance === "all" ? undefined : instance,
    stateDir: text(flags.stateDir),
    profile: text(flags.profile),
    passwordFile: text(flags.passwordFile),
    password: text(flags.password),
  };
}

/** A file that cannot be read or makes no sense stops only who needs its rules. */
function loadExcludeFile(paths: HomePaths): Pick<Settings, "exclude" | "excludeProblem"> {
  try {
    const source = readHomeFile(paths.home, paths.exclude, MAX_EXCLUDE_BYTES);
    if (source === undefined) return { exclude: DEFAULT_EXCLUDE };
    return { exclude: parseExcludeFile(source, paths.exclude) };
  } catch (error) {
    if (isBackupError(error)) return { exclude: DEFAULT_EXCLUDE, excludeProblem: error };
    throw error;
  }
}

function toHealth(file: SettingsFile | undefined, { userHome }: Environment): Settings["health"] {
  const { metricsDirectory, ...limits } = file?.health ?? {};
  if (metricsDirectory === undefined) return limits;
  return { ...limits, metricsDirectory: expandHome(metricsDirectory, userHome) };
}

function toInstallation(
  file: SettingsFile | undefined,
  flags: Flags,
  { userHome }: Environment,
): Settings["installation"] {
  const { stateDir, profile, extraPaths = [] } = file?.installation ?? {};
  const chosen = flags.stateDir === undefined ? stateDir : resolve(flags.stateDir);
  return {
    stateDir: chosen === undefined ? undefined : expandHome(chosen, userHome),
    profile: flags.profile ?? profile,
    extraPaths: extraPaths.map((path) => expandHome(path, userHome)),
  };
}

function toStorage(entry: StorageEntry, home: string, environment: Environment): StorageSettings {
  const { plaintext = false } = entry;
  if (entry.type === "directory") {
    return { ...entry, plaintext, path: resolve(expandHome(entry.path, environment.userHome)) };
  }
  const { bandwidth, ...rest } = entry;
  const limit = typeof bandwidth === "string" ? parseSize(bandwidth) : bandwidth;
  return {
    ...rest,
    plaintext,
    prefix: entry.prefix ?? "",
    sse: entry.sse ?? (entry.kmsKey === undefined ? "none" : "kms"),
    ...(limit === undefined ? {} : { bandwidthBytesPerSecond: limit }),
    ...loadStoredKey(entry, home, environment),
  };
}

/** A stored key that cannot be read stops only who opens that storage, not the listing of another one. */
function loadStoredKey(
  entry: StorageEntry & { readonly type: "s3" },
  home: string,
  environment: Environment,
): { secretAccessKey?: Secret; problem?: BackupError } {
  if (entry.accessKeyId === undefined) return {};
  const store = openSecretStore({ home, environment: environment.variables });
  try {
    const secretAccessKey = store.loadSecret(storageSecretName(entry.id));
    if (secretAccessKey !== undefined) return { secretAccessKey };
    return { problem: hasNoSecret(entry.id) };
  } catch (error) {
    if (isBackupError(error)) return { problem: error };
    throw error;
  }
}

function hasNoSecret(id: string): BackupError {
  return new BackupError("not-configured", `storage ${quote(id)} has a key id without its secret`, {
    details: { storage: id },
    hint: "add the storage again with --secret-access-key-file, or remove accessKeyId to use the default credentials",
  });
}
