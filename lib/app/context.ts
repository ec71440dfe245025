import { join } from "node:path";
import type { Clock, OnProgress, Secret } from "../base/index.ts";
import { CLAWBACK_VERSION, systemClock } from "../base/index.ts";
import { makeDirectory, sweepPrivateDirectories } from "../filesystem/index.ts";
import { recoverInterrupted } from "../restore/index.ts";
import { type Environment, loadSettings, type Settings } from "../settings/index.ts";
import type { OpenedRepositories } from "./repositories/index.ts";
import { openStoragePool, type StoragePool } from "./storages.ts";

/** What every operation works with: settings, time, storages, and whom to tell. */
export interface AppContext extends AsyncDisposable {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly version: string;
  readonly storages: StoragePool;
  readonly opened: OpenedRepositories;
  /** False when nothing is to be read from local caches. */
  readonly usesCache: boolean;
  /** Where copies and scratch space go: `tmp` in the home. May not exist yet. */
  readonly temporaryDirectory: string;
  /**
   * {@link AppContext.temporaryDirectory}, made when it is not there.
   * @throws BackupError `home-unusable`
   */
  makeTemporaryDirectory(): string;
  /** What happened before the operation began: a restore that had been cut short was finished or undone, … */
  readonly warnings: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
  /** Asks a person for a password; undefined where nobody can be asked. */
  readonly askPassword: ((question: string) => Promise<Secret>) | undefined;
}

export interface OpenAppOptions {
  readonly environment: Environment;
  /** Flags of the command line that stand for settings: `home`, `stateDir`, `profile`, `password`, `passwordFile`, `instance`, … */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Whether what killed processes left is put right first. @default true */
  readonly repairs?: boolean | undefined;
  /** Whether a password is fetched, which may start the user's command. @default true */
  readonly withPassword?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly askPassword?: ((question: string) => Promise<Secret>) | undefined;
}

/**
 * Opens the application: reads the settings, then puts right what a killed process left behind (a half-done restore is finished or
 * undone, scratch directories of dead processes are removed).
 *
 * @throws BackupError `invalid-settings`, `version-too-new`, `home-unusable`
 */
export async function openApp(options: OpenAppOptions): Promise<AppContext> {
  const { environment, flags } = options;
  const { settings, warnings } = await loadSettings({
    environment,
    flags,
    withPassword: options.withPassword ?? true,
    signal: options.signal,
  });
  const temporaryDirectory = join(settings.home, "tmp");
  const clock = options.clock ?? systemClock;
  const repairs = options.repairs ?? true;
  const recovered = repairs ? await recoverInterrupted(settings.home) : [];
  if (repairs) sweepPrivateDirectories(temporaryDirectory);
  const storages = openStoragePool(settings, { clock, onProgress: options.onProgress });
  return {
    settings,
    environment,
    clock,
    version: CLAWBACK_VERSION,
    storages,
    opened: { caches: new Map(), repositories: new Map() },
    usesCache: flags.noCache !== true,
    temporaryDirectory,
    makeTemporaryDirectory: () => {
      makeDirectory(temporaryDirectory);
      return temporaryDirectory;
    },
    warnings: [...warnings, ...recovered],
    signal: options.signal,
    onProgress: options.onProgress,
    askPassword: options.askPassword && oneAtATime(options.askPassword),
    [Symbol.asyncDispose]: () => storages[Symbol.asyncDispose](),
  };
}

/** Several storages are read at once, and a person answers one question after the other. */
function oneAtATime<T, R>(ask: (question: T) => Promise<R>): (question: T) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (question) => {
    const answer = last.then(() => ask(question));
    last = answer.catch(() => undefined);
    return answer;
  };
}
