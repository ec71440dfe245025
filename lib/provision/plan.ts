import { BackupError } from "../base/index.ts";
import { type Cloud, type CloudOptions, openCloud } from "./cloud/index.ts";
import { assertBucketName, assertKeyAlias } from "./names.ts";
import {
  dangerousRules,
  type Look,
  NEW_KEY,
  publicStatements,
  type Resource,
  resourcesOf,
  type Site,
} from "./resources/index.ts";
import type { Blueprint, Caller, PlanAction, PlanItem, ProvisionPlan } from "./types.ts";

/** Asks whose credentials these are. @throws BackupError `storage-access-denied` when they are nobody's */
export async function readCaller(cloud: Cloud): Promise<Caller> {
  const answer = await cloud.call({ service: "sts", operation: "GetCallerIdentity", input: {} });
  const arn = String(answer.Arn ?? "");
  const [, partition = "aws"] = arn.split(":");
  return { account: String(answer.Account ?? ""), arn, partition };
}

/** {@link readCaller} with credentials of one's own. */
export async function findCaller(options: CloudOptions): Promise<Caller> {
  await using cloud = openCloud(options);
  return await readCaller(cloud);
}

/** Opens the account for a blueprint. */
export async function openSite(cloud: Cloud, blueprint: Blueprint): Promise<Site> {
  const { service, isExistingBucket, bucket } = blueprint;
  if (service.kind === "aws" || !isExistingBucket) assertBucketName(bucket);
  if (blueprint.key.kind === "new") assertKeyAlias(blueprint.key.alias);
  const caller = blueprint.service.kind === "aws" ? await readCaller(cloud) : undefined;
  return { cloud, blueprint, caller, keyArn: undefined };
}

/**
 * Compares what there is with what a blueprint wants; reads only. A second plan after it was applied keeps everything.
 * @throws BackupError `invalid-argument` for impossible names; what keeps the account from being read at all
 */
export async function planProvision(
  blueprint: Blueprint,
  options: CloudOptions,
): Promise<ProvisionPlan> {
  await using cloud = openCloud(options);
  return await planOn(await openSite(cloud, blueprint));
}

export async function planOn(site: Site): Promise<ProvisionPlan> {
  const { blueprint, caller } = site;
  const items: PlanItem[] = [];
  for (const resource of resourcesOf(blueprint)) {
    const look = await resource.look(site);
    items.push(itemOf(resource, look));
  }
  const isThere = items.some(({ id, action }) => id === "bucket" && action === "keep");
  const warnings = isThere
    ? [...(await publicStatements(site)), ...(await dangerousRules(site))]
    : [];
  const keyArn = site.keyArn === NEW_KEY ? undefined : site.keyArn;
  return { blueprint, caller, keyArn, items, warnings };
}

/** The plan for an account in which nothing stands yet, without asking anybody: for what is printed. */
export async function planFromNothing(
  blueprint: Blueprint,
  caller: Caller,
): Promise<ProvisionPlan> {
  const nothing: Cloud = {
    clock: { now: () => new Date(0), monotonicMs: () => 0, sleep: async () => undefined },
    signal: undefined,
    kms: {},
    call: async () => ({}),
    find: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const isAws = blueprint.service.kind === "aws";
  const site = { cloud: nothing, blueprint, caller: isAws ? caller : undefined, keyArn: undefined };
  return await planOn(givenKey(site));
}

/** A key that exists is not looked for, but taken by its name. */
function givenKey(site: Site): Site {
  const { key } = site.blueprint;
  if (key.kind !== "existing") return site;
  const find: Cloud["find"] = async ({ operation }) =>
    operation === "DescribeKey"
      ? { KeyMetadata: { Arn: key.id, KeyState: "Enabled", KeySpec: "SYMMETRIC_DEFAULT" } }
      : undefined;
  return { ...site, cloud: { ...site.cloud, find } };
}

const ACTIONS: Readonly<Record<Look["state"], PlanAction>> = {
  "as-wanted": "keep",
  absent: "create",
  different: "change",
  cannot: "cannot",
  hidden: "unknown",
  unsupported: "left-out",
};

export function itemOf({ id, title, purpose }: Resource, look: Look): PlanItem {
  const why = "detail" in look ? look.detail : purpose;
  const calls = "calls" in look ? look.calls : [];
  return { id, title, action: ACTIONS[look.state], why, calls };
}

/** What differs from the blueprint: drift, when it had been applied. */
export function differences({ items }: ProvisionPlan): readonly PlanItem[] {
  return items.filter(({ action }) => action === "create" || action === "change");
}

/** @throws BackupError `policy-refused` that names what is in the way */
export function assertPossible({ items }: ProvisionPlan): void {
  const [first, ...more] = items.filter(({ action }) => action === "cannot");
  if (first === undefined) return;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  throw new BackupError("policy-refused", `${first.title}: ${first.why}${others}`, {
    details: { items: [first, ...more].map(({ id }) => id) },
    hint: "use credentials that may do it, or have an administrator deploy: clawback setup --print cloudformation",
  });
}
