import { BackupError } from "../../base/index.ts";
import { getStorageSettings, type StorageSettings } from "../../settings/index.ts";
import type { StorageFeatures } from "../../storage/index.ts";
import { createSteps, type ProbeStep, probeStorage } from "../../verify/index.ts";
import type { AppContext } from "../context.ts";
import { usingHome } from "../home.ts";
import { wrappingKey } from "../repositories/index.ts";
import { type OpenStorage, openStorage } from "../storages.ts";
import { type CheckName, Checks, type Passed, type TestCheck } from "./checks.ts";
import { checkConfiguration } from "./configuration.ts";
import { checkKmsKey } from "./kms-key.ts";
import { TrialBackup } from "./trial-backup.ts";

export interface TestReport {
  readonly ok: boolean;
  readonly storage: string;
  readonly location: string;
  readonly features: StorageFeatures | undefined;
  /** The six checks, in order. */
  readonly checks: readonly TestCheck[];
  /** The single calls that the check of the storage tried. */
  readonly steps: readonly ProbeStep[];
}

/**
 * Tries what backups to a storage need: the settings, every call on small objects, the KMS key, and a small encrypted backup that is made,
 * found, restored and compared; all below `<instance>/probe/`. Each failure is a check with what to do about it.
 * @throws BackupError `not-configured`, `invalid-argument` when there is no such storage; `cancelled`
 */
export async function testStorage(
  app: AppContext,
  storageId?: string | undefined,
): Promise<TestReport> {
  const settings = getStorageSettings(app.settings, storageId);
  const checks = new Checks(app.clock);
  await using opened = new AsyncDisposableStack();
  const tried: Tried = { steps: [] };
  await checks.run("configuration", [], () => checkConfiguration(app, settings));
  await checks.run("storage", [], async () => {
    const { home } = app.settings;
    const { onProgress, clock } = app;
    // Whoever tries out settings wants to know now what is wrong with them, not after minutes of patience.
    tried.place = await openStorage(settings, { home, clock, onProgress, attempts: 2 });
    opened.use(tried.place.storage);
    Object.assign(tried, await tryCalls(app, tried.place));
    return judgeSteps(tried.steps);
  });
  await checkKeyAndBackup(app, tried.place, checks);
  return {
    ok: checks.done.every(({ outcome }) => outcome === "ok" || outcome === "unsupported"),
    storage: settings.id,
    location: locationOf(settings, tried.place),
    features: tried.features,
    checks: checks.done,
    steps: tried.steps,
  };
}

/** What the check of the storage found out. */
interface Tried {
  /** Undefined where it cannot even be opened. */
  place?: OpenStorage;
  steps: readonly ProbeStep[];
  features?: StorageFeatures;
}

function locationOf(settings: StorageSettings, place: OpenStorage | undefined): string {
  if (settings.type === "directory") return settings.path;
  const location = place?.storage.location ?? `s3://${settings.bucket}`;
  return settings.endpoint === undefined ? location : `${location} at ${settings.endpoint}`;
}

/** Without a storage there is nothing to encrypt for, and nowhere to put a backup. */
async function checkKeyAndBackup(
  app: AppContext,
  place: OpenStorage | undefined,
  checks: Checks,
): Promise<void> {
  if (place === undefined) {
    for (const check of ["kms-key", "create", "list", "restore"] as const)
      await checks.run(check, ["storage"], async () => ({ outcome: "skipped" }));
    return;
  }
  await checks.run("kms-key", needsOfKey(place), () => checkKmsKey(app, place));
  await usingHome(app.settings.home, () => tryBackup(app, place, checks));
}

async function tryCalls(
  app: AppContext,
  { storage }: OpenStorage,
): Promise<{ steps: readonly ProbeStep[]; features?: StorageFeatures }> {
  const { clock, signal } = app;
  const prefix = `${app.settings.instance}/probe/`;
  const calls = await probeStorage(storage, { prefix, clock, signal });
  if (calls.some(({ outcome }) => outcome === "failed")) return { steps: calls };
  const steps = createSteps(clock);
  let features: StorageFeatures | undefined;
  await steps.run("ask for features", async () => {
    features = await storage.features({ signal });
  });
  const all = [...calls, ...steps.finish([])];
  return features === undefined ? { steps: all } : { steps: all, features };
}

/** @throws BackupError of the first call that failed */
function judgeSteps(steps: readonly ProbeStep[]): Passed {
  const failed = steps.find(({ outcome }) => outcome === "failed");
  if (failed === undefined) {
    return { outcome: "ok", detail: steps.map(({ name }) => name).join(", ") };
  }
  const code = (failed.code ?? "internal") as BackupError["code"];
  throw new BackupError(code, `${failed.name}: ${failed.detail}`, { hint: failed.hint });
}

/** AWS's KMS is asked itself; another service's only through its storage. */
function needsOfKey({ settings }: OpenStorage): readonly CheckName[] {
  const isAskedItself = wrappingKey(settings) !== undefined;
  return settings.type === "directory" || isAskedItself ? [] : ["storage"];
}

async function tryBackup(app: AppContext, place: OpenStorage, checks: Checks): Promise<void> {
  const isUsable = checks.done.every(
    ({ check, outcome }) => check !== "storage" || outcome === "ok",
  );
  const trial = isUsable ? await TrialBackup.prepare(app, place) : undefined;
  await using _trial = trial;
  const passed = (work: (trial: TrialBackup) => Promise<string>) => async (): Promise<Passed> => ({
    outcome: "ok",
    detail: trial === undefined ? undefined : await work(trial),
  });
  const create = passed((it) => it.create());
  const find = passed((it) => it.find());
  const restore = passed((it) => it.restore());
  await checks.run("create", ["storage"], create);
  await checks.run("list", ["storage", "create"], find);
  await checks.run("restore", ["storage", "create", "list"], restore);
}
