import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createArchive } from "../backup/index.ts";
import { BackupError, createBackupId } from "../base/index.ts";
import { resolveRules, resolveScope } from "../capture/index.ts";
import { openCatalog } from "../catalog/index.ts";
import { createPrivateDirectory, makeDirectory, readTextIfExists } from "../filesystem/index.ts";
import { locateInstallation } from "../openclaw/index.ts";
import { applyRestore, planRestore } from "../restore/index.ts";
import {
  MemoryStorage,
  type ObjectStorage,
  type StorageFeatures,
  withPrefix,
} from "../storage/index.ts";
import { createSteps, type ProbeStep, probeStorage } from "../verify/index.ts";
import type { AppContext } from "./context.ts";
import { usingHome } from "./home.ts";
import { makeSample } from "./sample.ts";
import { backupSource } from "./sources.ts";
import { openStorage } from "./storages.ts";

export interface TestReport {
  readonly ok: boolean;
  readonly storage: string;
  readonly location: string;
  readonly features: StorageFeatures | undefined;
  readonly steps: readonly ProbeStep[];
}

/**
 * Tries a storage: every call on small objects, then a whole small backup and its restore, all below `<instance>/probe/`.
 * Each failure is a step with what to do about it.
 */
export async function testStorage(
  app: AppContext,
  storageId?: string | undefined,
): Promise<TestReport> {
  const { settings } = await app.storages.open(storageId);
  const { home } = app.settings;
  const { onProgress } = app;
  // Whoever tries out settings wants to know now what is wrong with them, not after minutes of patience.
  const place = await openStorage(settings, { home, clock: app.clock, onProgress, attempts: 2 });
  await using storage = place.storage;
  const prefix = `${app.settings.instance}/probe/`;
  const { clock, signal } = app;
  const calls = await probeStorage(storage, { prefix, clock, signal });
  const isUsable = calls.every((step) => step.outcome !== "failed");
  const steps = createSteps(clock);
  let features: StorageFeatures | undefined;
  if (isUsable) {
    await steps.run("ask for features", async () => {
      features = await storage.features({ signal });
    });
    await steps.run("make and restore a small backup", () =>
      usingHome(app.settings.home, () => tryBackup(app, place.id, storage, prefix)),
    );
  }
  const all = [...calls, ...steps.finish(isUsable ? [] : ["make and restore a small backup"])];
  const ok = all.every((step) => step.outcome !== "failed" && step.outcome !== "skipped");
  const at =
    settings.type === "s3" && settings.endpoint !== undefined ? ` at ${settings.endpoint}` : "";
  return { ok, storage: place.id, location: `${storage.location}${at}`, features, steps: all };
}

async function tryBackup(
  app: AppContext,
  id: string,
  storage: ObjectStorage,
  prefix: string,
): Promise<void> {
  const { instance } = app.settings;
  const place = withPrefix(storage, `${prefix}${randomBytes(8).toString("hex")}`);
  await using scratch = await createPrivateDirectory(app.makeTemporaryDirectory(), "test");
  const stateDir = join(scratch.path, ".openclaw");
  await makeSample(stateDir, { files: 20 });
  // Beside the sample: capture never walks into its own scratch space.
  const temporaryDirectory = join(scratch.path, "copies");
  makeDirectory(temporaryDirectory);
  const now = app.clock.now();
  try {
    await createArchive({
      id: createBackupId(now),
      instance,
      now,
      destination: { type: "storage", id, storage: place },
      capture: {
        installation: await locateInstallation({
          stateDir,
          environment: {},
          userHome: scratch.path,
        }),
        scope: resolveScope({}),
        rules: resolveRules(app.settings.exclude, {}),
        ownPaths: [],
        temporaryDirectory,
        signal: app.signal,
      },
      openclaw: { version: "unknown", schemaVersions: {} },
      host: {
        name: app.environment.hostName,
        platform: app.environment.platform,
        nodeVersion: app.environment.nodeVersion,
      },
      clawbackVersion: app.version,
      signal: app.signal,
    });
    await restoreAndCompare(app, id, place, scratch.path);
  } finally {
    for await (const object of place.list("")) await place.delete(object.key);
  }
}

async function restoreAndCompare(
  app: AppContext,
  id: string,
  storage: ObjectStorage,
  scratch: string,
): Promise<void> {
  const { instance, environment } = app.settings;
  const catalog = openCatalog({
    storages: [{ id, storage }],
    cache: new MemoryStorage(),
    clock: app.clock,
  });
  const now = app.clock.now();
  const backup = await catalog.find("latest", { instance, now });
  const settings = (await app.storages.open(id)).settings;
  const { source } = await backupSource(app, { backup, place: { id, storage, settings } });
  const target = join(scratch, "restored");
  const stateDir = join(scratch, ".openclaw");
  const prepared = await planRestore({
    source,
    passphrases: [],
    privateKeys: [],
    target,
    stateDir,
    installation: undefined,
    environment,
    // The scratch space lies in the home, and no restore may write there.
    home: join(scratch, "home"),
    now,
  });
  await applyRestore(prepared, { clock: app.clock });
  const read = (root: string): string | undefined =>
    readTextIfExists(join(root, "workspace", "MEMORY.md"), 1024 * 1024);
  if (read(stateDir) === undefined || read(stateDir) !== read(join(target, ".openclaw"))) {
    throw new BackupError("data-corrupt", "what was restored is not what was backed up");
  }
}
