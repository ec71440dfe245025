import { decryptWithKms, encryptWithKms } from "../aws/index.ts";
import { assertNotCancelled, BackupError, isBackupError, quote } from "../base/index.ts";
import { type Answer, type CloudOptions, isUnsupported, openCloud } from "./cloud/index.ts";
import { iamName } from "./names.ts";
import { assertPossible, itemOf, openSite } from "./plan.ts";
import { machineRole, type RoleName, rolesOf } from "./policies/index.ts";
import {
  type Look,
  NEW_KEY,
  policyArn,
  type Resource,
  resourcesOf,
  roleArn,
  type Site,
} from "./resources/index.ts";
import type { ApiCall, PlanItem, Provisioned, ProvisionPlan } from "./types.ts";

/** How long a service may take until it shows what it has confirmed. */
const PATIENCE_MS = 120_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

export interface ApplyOptions extends CloudOptions {
  /** Told of each resource when it stands. */
  readonly onDone?: ((item: PlanItem) => void) | undefined;
}

export interface ApplyReport {
  readonly items: readonly PlanItem[];
  readonly provisioned: Provisioned;
}

/**
 * Makes what a plan shows, resource by resource: each is looked at again, its calls are sent, and it is waited for until it stands. After a
 * failure, planning and applying again goes on where it stopped; applying what stands already sends nothing.
 *
 * @throws BackupError `policy-refused` when the plan has something that cannot be made; `plan-outdated` when more would change than it
 *   showed; `storage-access-denied` with the right that is missing
 */
export async function applyProvision(
  plan: ProvisionPlan,
  options: ApplyOptions,
): Promise<ApplyReport> {
  assertPossible(plan);
  await using cloud = openCloud(options);
  const site = await openSite(cloud, plan.blueprint);
  const items: PlanItem[] = [];
  for (const resource of resourcesOf(plan.blueprint)) {
    assertNotCancelled(options.signal);
    const item = await makeResource(resource, site, plan);
    items.push(item);
    options.onDone?.(item);
  }
  await proveKey(site);
  return { items, provisioned: describe(site) };
}

async function makeResource(
  resource: Resource,
  site: Site,
  plan: ProvisionPlan,
): Promise<PlanItem> {
  const look = await resource.look(site);
  const item = itemOf(resource, look);
  assertShown(item, plan);
  if (!("calls" in look)) return item;
  try {
    for (const call of look.calls) await send(call, site);
  } catch (error) {
    if (resource.isOptional !== true || !isUnsupported(error)) throw error;
    const why = `${site.blueprint.service.name} does not take it`;
    return { ...item, action: "left-out", why, calls: [] };
  }
  await waitUntilThere(resource, site);
  return item;
}

/** What somebody changed since the plan was shown is not changed back without being shown. */
function assertShown(item: PlanItem, plan: ProvisionPlan): void {
  const shown = plan.items.find(({ id }) => id === item.id);
  if (item.action === "cannot") assertPossible({ ...plan, items: [item] });
  if (item.calls.length === 0 || (shown !== undefined && shown.calls.length > 0)) return;
  throw new BackupError(
    "plan-outdated",
    `${item.title} has changed since the plan was made: ${item.why}`,
    {
      hint: "look at the plan again: clawback setup --plan",
    },
  );
}

async function send(call: ApiCall, site: Site): Promise<void> {
  const answer = await site.cloud.call(withKey(call, site)).catch((error: unknown) => {
    if (isDoneAlready(error)) return {} as Answer;
    throw error;
  });
  if (call.operation !== "CreateKey") return;
  const { Arn } = (answer.KeyMetadata ?? {}) as { Arn?: string };
  if (Arn !== undefined) site.keyArn = Arn;
}

/** What stands in plans for a key that was yet to be made becomes its ARN. */
function withKey(call: ApiCall, { keyArn }: Site): ApiCall {
  if (keyArn === undefined || keyArn === NEW_KEY) return call;
  const text = JSON.stringify(call.input).replaceAll(NEW_KEY, keyArn);
  return { ...call, input: JSON.parse(text) };
}

/** An answer that was lost, or another run at the same time: whether it is as wanted is looked at afterwards. */
function isDoneAlready(error: unknown): boolean {
  return (
    isBackupError(error) &&
    /^(BucketAlreadyOwnedByYou|EntityAlreadyExists(Exception)?|AlreadyExistsException)$/.test(
      String(error.details.serviceCode),
    )
  );
}

async function waitUntilThere(resource: Resource, site: Site): Promise<void> {
  const { cloud } = site;
  let waited = 0;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const look = await lookPatiently(resource, site);
    if (look.state === "as-wanted") return;
    if (waited >= PATIENCE_MS) throw notThere(resource, look);
    await cloud.clock.sleep(wait, cloud.signal);
    waited += wait;
  }
}

/** A bucket or role that was made a moment ago may still be refused to its maker. */
async function lookPatiently(resource: Resource, site: Site): Promise<Look> {
  try {
    return await resource.look(site);
  } catch (error) {
    if (isBackupError(error, "storage-rejected")) return { state: "cannot", detail: error.message };
    throw error;
  }
}

function notThere({ title }: Resource, look: Look): BackupError {
  const detail = "detail" in look ? look.detail : "it is not there";
  return new BackupError(
    "storage-rejected",
    `${title} was made, but does not show after ${PATIENCE_MS / 1000} s: ${detail}`,
    { hint: "run setup again; it goes on where it stopped" },
  );
}

/** Encrypts and decrypts a few bytes, as the repository's password will be. */
async function proveKey({ cloud, keyArn, blueprint }: Site): Promise<void> {
  if (keyArn === undefined || blueprint.service.kind === "other") return;
  const options = {
    ...cloud.kms,
    clock: cloud.clock,
    signal: cloud.signal,
    context: { "clawback:instance": blueprint.instance },
  };
  const plain = new TextEncoder().encode("clawback setup");
  const sealed = await encryptWithKms(keyArn, plain, options);
  const opened = await decryptWithKms(sealed.keyArn, sealed.ciphertext, options);
  if (Buffer.compare(opened, plain) === 0) return;
  throw new BackupError(
    "storage-rejected",
    `KMS key ${quote(keyArn)} does not give back what it encrypted`,
  );
}

/** What stands once everything of a blueprint does. */
function describe(site: Site): Provisioned {
  const { blueprint, caller, keyArn } = site;
  const { bucket, region, level, trust, instance, service } = blueprint;
  const roles = service.kind === "aws" ? rolesOf(level) : [];
  const byRole = (arnOf: (site: Site, role: RoleName) => string): Record<string, string> =>
    Object.fromEntries(roles.map((role) => [role, arnOf(site, role)]));
  return {
    bucket,
    region,
    account: caller?.account,
    keyArn: keyArn === NEW_KEY ? undefined : keyArn,
    policies: byRole(policyArn),
    roles: trust === "none" ? {} : byRole(roleArn),
    instanceProfile:
      trust === "ec2" && service.kind === "aws" ? iamName(instance, machineRole(level)) : undefined,
  };
}
