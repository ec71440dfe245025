import { BackupError } from "../../base/index.ts";
import type { StorageFeatures } from "../../storage/index.ts";
import { createSteps, type ProbeStep, probeStorage } from "../../verify/index.ts";
import type { AppContext } from "../context.ts";
import { usingHome } from "../home.ts";
import { type OpenStorage, openStorage } from "../storages.ts";
import { wrappingKey } from "../wrapped-passwords.ts";
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
 * @throws BackupError `not-configured` when there is no such storage; what keeps it from being opened; `cancelled`
 */
export async function testStorage(
  app: AppContext,
  storageId?: string | undefined,
): Promise<TestReport> {
  const { settings } = await app.storages.open(storageId);
  const { home } = app.settings;
  const { onProgress, clock } = app;
  // Whoever tries out settings wants to know now what is wrong with them, not after minutes of patience.
  const place = await openStorage(settings, { home, clock, onProgress, attempts: 2 });
  await using storage = place.storage;
  const checks = new Checks(clock);
  const tried: { steps: readonly ProbeStep[]; features?: StorageFeatures } = { steps: [] };
  await checks.run("configuration", [], () => checkConfiguration(app, settings));
  await checks.run("storage", [], async () => {
    Object.assign(tried, await tryCalls(app, place));
    return judgeSteps(tried.steps);
  });
  await checks.run("kms-key", needsOfKey(place), () => checkKmsKey(app, place));
  await usingHome(home, () => tryBackup(app, place, checks));
  const at =
    settings.type === "s3" && settings.endpoint !== undefined ? ` at ${settings.endpoint}` : "";
  return {
    ok: checks.done.every(({ outcome }) => outcome === "ok" || outcome === "unsupported"),
    storage: place.id,
    location: `${storage.location}${at}`,
    features: tried.features,
    checks: checks.done,
    steps: tried.steps,
  };
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
