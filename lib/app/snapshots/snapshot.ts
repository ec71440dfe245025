import { createSnapshot, type SnapshotBackupReport } from "../../backup/index.ts";
import { type BackupError, MINUTE_MS } from "../../base/index.ts";
import { type CapturePlan, planCapture } from "../../capture/index.ts";
import { assertBackupNames } from "../../catalog/index.ts";
import { ownProcess } from "../../filesystem/index.ts";
import { readOpenClawProgram } from "../../openclaw/index.ts";
import type { AppContext } from "../context.ts";
import { captureOptions, openclawFacts } from "../create.ts";
import { usingHome } from "../home.ts";
import { openOrCreateRepository, savingFor } from "../repositories/index.ts";

/** A prune publishes its index within seconds, and holds others up only then. */
const WAIT_FOR_LOCK_MS: number = 2 * MINUTE_MS;

/** What `snapshot` can be told. */
export interface SnapshotOptions {
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** The agent's session that it is taken for. */
  readonly session?: string | undefined;
  readonly instance?: string | undefined;
  readonly storage?: string | undefined;
  readonly onlyConfig?: boolean | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly onLocked?: "skip" | "fail" | undefined;
  /** Read every file, whatever the snapshot before knows. */
  readonly force?: boolean | undefined;
}

/**
 * Makes a snapshot of the installation. The first one in a storage creates the repository there.
 * @throws BackupError `wrong-password`, `repository-locked`; what `createSnapshot` throws
 */
export async function createSnapshotBackup(
  app: AppContext,
  options: SnapshotOptions,
): Promise<SnapshotBackupReport> {
  const { session } = options;
  assertBackupNames(options.name ?? null, [...(options.tags ?? []), ...(session ? [session] : [])]);
  const instance = options.instance ?? app.settings.instance;
  const now = app.clock.now();
  const [capture, program, place] = await Promise.all([
    captureOptions(app, options),
    readOpenClawProgram(app.settings.environment),
    app.storages.open(options.storage),
  ]);
  const repository = await openOrCreateRepository(app, place, instance);
  return await usingHome(app.settings.home, async () => {
    app.makeTemporaryDirectory();
    return await createSnapshot({
      repository,
      storage: place.id,
      instance,
      name: options.name,
      tags: options.tags,
      session,
      now,
      capture,
      force: options.force,
      saving: savingFor(),
      lock: { retryForMs: WAIT_FOR_LOCK_MS, onWait: warner(app), onWarning: warner(app) },
      openclaw: openclawFacts(program),
      host: { name: app.environment.hostName, platform: app.environment.platform },
      user: ownProcess(),
      clawbackVersion: app.version,
      signal: app.signal,
      onProgress: app.onProgress,
      clock: app.clock,
    });
  });
}

/** What a snapshot with these options would take and leave; reads only, and not the repository. */
export async function planSnapshot(
  app: AppContext,
  options: SnapshotOptions,
): Promise<CapturePlan> {
  return await planCapture(await captureOptions(app, options));
}

function warner({ onProgress }: AppContext): (warning: BackupError) => void {
  return ({ message }) => onProgress?.({ type: "message", level: "warning", text: message });
}
