import { MIB } from "../base/index.ts";
import { type FileStat, type Path, statPath } from "../filesystem/index.ts";
import { classify, databaseCleanup } from "../openclaw/index.ts";
import {
  type CapturedDatabase,
  captureDatabase,
  type DatabaseIdentity,
  identifyDatabase,
} from "../sqlite/index.ts";
import { isOpenDatabase, withOpenDatabase } from "./open-databases.ts";
import type { Scratch } from "./scratch.ts";
import type { CaptureOptions } from "./types.ts";

/** A copy that is being made, or was. */
export interface DatabaseCopy {
  /** Of before its read transaction began; undefined where nobody asked. */
  readonly identity: DatabaseIdentity | undefined;
  readonly copy: Path;
  readonly captured: Promise<CapturedDatabase>;
}

/** A smaller one is copied in the time that a thread needs to start. */
const WORTH_BYTES: number = 16 * MIB;

/**
 * Copies the largest of OpenClaw's databases while the walk is still on its way to it: copying and checking wait for the disk and run in
 * other threads, and the walk, the files and their compression do not need them. Of 285 MB that is a second of a backup's seven.
 *
 * It is as consistent as it would be later, and of a moment of the same run. One that is not asked for after all goes with the private
 * directory.
 */
export class CopyAhead implements AsyncDisposable {
  readonly #options: CaptureOptions;
  readonly #scratch: Scratch;
  #path: Path | undefined;
  #copying: Promise<DatabaseCopy | undefined> | undefined;
  readonly #givenUp = new AbortController();

  constructor(options: CaptureOptions, scratch: Scratch) {
    this.#options = options;
    this.#scratch = scratch;
  }

  /** Starts to copy, where there is something worth it. */
  begin(): void {
    const found = this.#largest();
    if (found === undefined || isOpenDatabase(found.stat)) return;
    this.#path = found.path;
    this.#copying = this.#start(found.path, found.stat).catch(() => undefined);
  }

  /** The copy of a database, which is then the caller's to remove; undefined when none was begun. */
  async take(path: Path): Promise<DatabaseCopy | undefined> {
    if (path !== this.#path) return undefined;
    this.#path = undefined;
    return await this.#copying;
  }

  /** Breaks off what nobody has taken, and waits until nothing is written any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#givenUp.abort();
    const copy = await this.#copying;
    await copy?.captured.catch(() => undefined);
  }

  async #start(path: Path, stat: FileStat): Promise<DatabaseCopy | undefined> {
    const { identifyDatabases, previous, installation, lockTimeoutMs } = this.#options;
    const { signal: outer } = this.#options;
    const own = this.#givenUp.signal;
    const signal = outer === undefined ? own : AbortSignal.any([outer, own]);
    const identity = identifyDatabases ? identifyDatabase(path) : undefined;
    if (identity !== undefined && previous?.hasDatabase(path, identity)) return undefined;
    const copy = await this.#scratch.newPath();
    const cleanCopy = databaseCleanup(path, installation);
    const captured = withOpenDatabase(stat, () =>
      captureDatabase(path, copy, { cleanCopy, lockTimeoutMs, signal }),
    );
    // Whoever takes it sees the failure.
    captured.catch(() => undefined);
    return { identity, copy, captured };
  }

  #largest(): { readonly path: Path; readonly stat: FileStat } | undefined {
    const { installation, scope } = this.#options;
    const wanted = installation.essentialDatabases.filter((path) =>
      scope.classes.includes(classify(installation, path, true)),
    );
    const found = wanted.flatMap((path) => {
      const stat = statOrNothing(path);
      return stat?.type === "file" && stat.sizeBytes >= WORTH_BYTES ? [{ path, stat }] : [];
    });
    return found.sort((a, b) => b.stat.sizeBytes - a.stat.sizeBytes)[0];
  }
}

function statOrNothing(path: Path): FileStat | undefined {
  try {
    return statPath(path);
  } catch {
    return undefined;
  }
}
