import type { ErrorCode } from "../../base/index.ts";
import type { Backup, BackupKind } from "../../catalog/index.ts";
import {
  describePolicy,
  planRetention,
  type RetentionDecision,
  type RetentionPolicies,
  type RetentionPolicy,
  type RetentionWarning,
  resolvePolicies,
} from "../../retention/index.ts";
import type { AppContext } from "../context.ts";
import { listBackups } from "../reading/index.ts";
import type { OpenedStorages } from "../storages.ts";
import { findAbandoned, type UnfinishedArchive } from "./abandoned.ts";

/** Which backups retention is about, and by which rules. */
export interface RetentionChoice {
  readonly storage?: string | undefined;
  /** A name, or `all`. @default this machine's */
  readonly instance?: string | undefined;
  /** @default archives and snapshots */
  readonly kinds?: readonly BackupKind[] | undefined;
  /** Instead of what is configured, for every kind. */
  readonly policy?: RetentionPolicy | undefined;
  /** A person has looked at the abnormal changes until now. @default false */
  readonly acceptChanges?: boolean | undefined;
}

/** A policy that was followed. */
export interface AppliedPolicy {
  readonly instance: string;
  readonly kind: BackupKind;
  readonly policy: RetentionPolicy;
  /** `5 last, within 35d`. */
  readonly text: string;
}

/** What retention would keep and remove; plain data. */
export interface RetentionReview {
  readonly policies: readonly AppliedPolicy[];
  readonly timeZone: string;
  readonly keep: readonly RetentionDecision<Backup>[];
  readonly remove: readonly RetentionDecision<Backup>[];
  /** Why nothing is removed where something might have been, and what else a person should know. */
  readonly warnings: readonly RetentionWarning[];
  /** Archives that were begun more than three days ago and never completed. */
  readonly unfinished: readonly UnfinishedArchive[];
  /** What could not be looked at; nothing of it is removed. */
  readonly problems: readonly RetentionProblem[];
}

/** Why a storage, or a backup in it, could not be looked at. */
export interface RetentionProblem {
  readonly storage: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * Decides about the backups of an instance. Reads only.
 * @throws BackupError `policy-refused` for an empty policy; what a storage threw, when nothing could be read
 */
export async function planInstanceRetention(
  app: AppContext,
  choice: RetentionChoice = {},
): Promise<RetentionReview> {
  const { storage, instance = app.settings.instance } = choice;
  const kinds = choice.kinds ?? (["archive", "snapshot"] as const);
  const list = await listBackups(app, { storage, instance, kinds });
  const names = new Set(list.backups.map((backup) => backup.instance));
  if (instance !== "all") names.add(instance);
  const policies = [...names].map((name) => ({ name, rules: policiesOf(app, name, choice) }));
  const { timeZone = "UTC" } = app.settings.retention;
  const options = { now: app.clock.now(), timeZone, changesAcceptedAt: acceptedAt(app, choice) };
  const plans = policies.map(({ name, rules }) =>
    planRetention(
      list.backups.filter((backup) => backup.instance === name),
      rules,
      options,
    ),
  );
  const places = await openPlaces(app, storage);
  const unfinished = await Promise.all(
    [...names].map((name) => findAbandoned(app, { instance: name, places })),
  );
  return {
    policies: policies.flatMap(({ name, rules }) => describe(name, rules)),
    timeZone,
    keep: plans.flatMap((plan) => plan.keep),
    remove: plans.flatMap((plan) => plan.remove),
    warnings: plans.flatMap((plan) => plan.warnings),
    unfinished: kinds.includes("archive") ? unfinished.flatMap(({ found }) => found) : [],
    problems: list.problems.map(({ storage: id, error: { code, message, hint } }) => {
      return { storage: id, code, message: `storage ${id}: ${message}`, hint };
    }),
  };
}

function describe(instance: string, policies: RetentionPolicies): AppliedPolicy[] {
  return (["archive", "snapshot"] as const).flatMap((kind) => {
    const policy = policies[kind];
    return policy === undefined ? [] : [{ instance, kind, policy, text: describePolicy(policy) }];
  });
}

/** What applies to an instance: the flags, else its own settings, else those of all. */
function policiesOf(
  { settings }: AppContext,
  instance: string,
  { policy, kinds }: RetentionChoice,
): RetentionPolicies {
  const { instances = {}, ...all } = settings.retention;
  const own = Object.hasOwn(instances, instance) ? (instances[instance] ?? {}) : {};
  const policies =
    policy === undefined
      ? resolvePolicies([own, all])
      : { archive: policy, snapshot: policy, native: undefined };
  const isWanted = (kind: BackupKind): boolean => kinds?.includes(kind) ?? true;
  return {
    ...(isWanted("archive") ? { archive: policies.archive } : {}),
    ...(isWanted("snapshot") ? { snapshot: policies.snapshot } : {}),
  };
}

function acceptedAt(app: AppContext, { acceptChanges }: RetentionChoice): Date | undefined {
  if (acceptChanges === true) return app.clock.now();
  const { changesAcceptedAt } = app.settings.retention;
  return changesAcceptedAt === undefined ? undefined : new Date(changesAcceptedAt);
}

/** The storages that a choice is about. */
export async function openPlaces(
  app: AppContext,
  storage: string | undefined,
): Promise<OpenedStorages> {
  if (storage === undefined) return await app.storages.openAll();
  return { opened: [await app.storages.open(storage)], problems: [] };
}
