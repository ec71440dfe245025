import type { StorageSettings } from "../../settings/index.ts";
import type { AppContext } from "../context.ts";
import { estimatePlanned } from "../cost/index.ts";
import { withFutureSettings } from "./new-settings.ts";
import type { ResolvedSetup } from "./resolve.ts";
import { storageEntry } from "./settings-change.ts";
import { describeInstallation } from "./wizard-facts.ts";

/** What the storage will cost a month, once jobs and retention have been at work for long. */
export interface SetupCost {
  readonly currency: string;
  /** Of what day the prices are. */
  readonly asOf: string;
  readonly storage: number;
  readonly requests: number;
  readonly key: number;
  readonly total: number;
  /** What the prices leave out. */
  readonly note?: string | undefined;
}

/** Estimates from the size of the installation; undefined where no price is known, or there is no installation. */
export async function costOfSetup(
  app: AppContext,
  setup: ResolvedSetup,
): Promise<SetupCost | undefined> {
  const { cloud, answers, storageId } = setup;
  const facts = cloud && (await describeInstallation(app, answers.stateDir));
  if (cloud === undefined || facts === undefined) return undefined;
  const estimate = await estimatePlanned(withStorage(app, setup), facts.bytes, storageId);
  if (estimate === undefined) return undefined;
  const { currency, asOf, note } = estimate;
  const kinds = [estimate.archives.cost, estimate.snapshots.cost];
  const sum = (part: (cost: (typeof kinds)[number]) => number): number =>
    kinds.reduce((total, cost) => total + part(cost), 0);
  const storage = sum((cost) => cost.storage + cost.recoverable);
  const requests = sum((cost) => cost.requests);
  // Either kind needs it; both need one.
  const key = Math.max(...kinds.map(({ kms }) => kms));
  return { currency, asOf, storage, requests, key, total: storage + requests + key, note };
}

/** The application as it will be, with the storage that is yet to be configured. */
function withStorage(app: AppContext, setup: ResolvedSetup): AppContext {
  const future = withFutureSettings(app, setup);
  const keyArn = setup.cloud?.blueprint.key.kind === "none" ? undefined : "(the key)";
  const { bandwidth: _, ...entry } = storageEntry(setup, {
    account: undefined,
    keyArn,
  }) as never as {
    readonly bandwidth?: unknown;
  };
  const storage = { prefix: "", plaintext: false, ...entry } as unknown as StorageSettings;
  const others = app.settings.storages.filter(({ id }) => id !== setup.storageId);
  const settings = {
    ...future.settings,
    // Planning makes no home, not even for a cache.
    isConfigured: app.settings.isConfigured,
    storages: [...others, storage],
    defaultStorage: setup.storageId,
  };
  return { ...future, settings };
}
