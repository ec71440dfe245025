import { isUnsupported } from "../cloud/index.ts";
import { isSameDocument } from "../documents.ts";
import { LIFECYCLE_ID_PREFIX, lifecycleRules } from "../policies/index.ts";
import type { Service } from "../types.ts";
import { ownedBy } from "./bucket.ts";
import { AS_WANTED, hiddenBy, type Look, type Resource, type Site } from "./resource.ts";

/** A rule as a service answers with it; older ones have their prefix outside of the filter. */
export interface FoundRule {
  readonly ID?: string;
  readonly Status?: string;
  readonly Prefix?: string;
  readonly Filter?: { readonly Prefix?: string; readonly And?: { readonly Prefix?: string } };
  readonly Expiration?: Readonly<Record<string, unknown>>;
  readonly NoncurrentVersionExpiration?: Readonly<Record<string, unknown>>;
  readonly AbortIncompleteMultipartUpload?: Readonly<Record<string, unknown>>;
  readonly Transitions?: readonly unknown[];
}

/** The rules of the bucket's lifecycle; those of others stay. */
export function lifecycleResource(service: Service): Resource {
  return {
    id: "bucket-lifecycle",
    title: "lifecycle of the bucket",
    purpose: "old versions go after 30 days, stranded uploads after 3; current versions never",
    isOptional: service.kind === "other",
    look: lookAtLifecycle,
  };
}

async function lookAtLifecycle(site: Site): Promise<Look> {
  const { blueprint } = site;
  const wanted = rulesFor(site);
  try {
    const found = await readRules(site);
    const present = found?.filter(isOurs(wanted)) ?? [];
    const essence = essenceAt(blueprint.service);
    if (isSameDocument(present.map(essence), wanted.map(essence))) return AS_WANTED;
    const Rules = [...(found ?? []).filter((rule) => !isOurs(wanted)(rule)), ...wanted];
    const calls = [
      {
        service: "s3",
        operation: "PutBucketLifecycleConfiguration",
        input: {
          Bucket: blueprint.bucket,
          ...ownedBy(site),
          LifecycleConfiguration: { Rules },
        },
      },
    ] as const;
    if (found === undefined) return { state: "absent", calls };
    const detail =
      present.length === 0
        ? "its rules say nothing of this; they stay as they are"
        : "rules of Clawback are missing or changed; others stay as they are";
    return { state: "different", detail, calls };
  } catch (error) {
    const hidden = hiddenBy(error);
    if (hidden !== undefined) return hidden;
    if (isUnsupported(error) && blueprint.service.kind === "other") {
      return { state: "unsupported", detail: `${blueprint.service.name} has no lifecycle rules` };
    }
    throw error;
  }
}

/** Undefined when there are none. */
export async function readRules(site: Site): Promise<readonly FoundRule[] | undefined> {
  const answer = await site.cloud.find({
    service: "s3",
    operation: "GetBucketLifecycleConfiguration",
    input: { Bucket: site.blueprint.bucket, ...ownedBy(site) },
  });
  return answer === undefined ? undefined : ((answer.Rules ?? []) as readonly FoundRule[]);
}

function rulesFor({ blueprint }: Site): FoundRule[] {
  const rules = lifecycleRules(blueprint.prefix);
  if (blueprint.service.hasVersions) return rules;
  return rules
    .filter((rule) => rule.AbortIncompleteMultipartUpload !== undefined)
    .map(({ NoncurrentVersionExpiration: _, ...rule }) => rule);
}

const isOurs =
  (wanted: readonly FoundRule[]) =>
  ({ ID = "" }: FoundRule): boolean =>
    ID.startsWith(LIFECYCLE_ID_PREFIX) && wanted.some((rule) => rule.ID === ID);

/** What a rule does, without what services add or leave out when they answer: MinIO forgets the end of uploads, and ends them itself. */
const essenceAt =
  ({ kind }: Service) =>
  (rule: FoundRule): Record<string, unknown> => ({
    ID: rule.ID,
    Status: rule.Status,
    Prefix: prefixOf(rule),
    marker: rule.Expiration?.ExpiredObjectDeleteMarker === true,
    current: expiresCurrent(rule),
    noncurrent: rule.NoncurrentVersionExpiration?.NoncurrentDays ?? null,
    uploads:
      kind === "aws" ? (rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? null) : null,
  });

function prefixOf({ Filter, Prefix }: FoundRule): string {
  return Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? "";
}

/** Whether a rule removes current versions by their age, or puts them where they cannot be read at once. */
function expiresCurrent({ Expiration, Transitions }: FoundRule): boolean {
  const byAge = Expiration?.Days !== undefined || Expiration?.Date !== undefined;
  return byAge || (Transitions ?? []).length > 0;
}

/** Rules of others that would take packs away from snapshots. They are not ours to change. */
export async function dangerousRules(site: Site): Promise<string[]> {
  const base = site.blueprint.prefix === "" ? "" : `${site.blueprint.prefix}/`;
  const touches = (prefix: string): boolean => prefix.startsWith(base) || base.startsWith(prefix);
  const rules = (await readRules(site).catch(() => undefined)) ?? [];
  return rules
    .filter((rule) => rule.Status === "Enabled" && expiresCurrent(rule) && touches(prefixOf(rule)))
    .map(
      ({ ID = "without an id" }) =>
        `lifecycle rule ${JSON.stringify(ID)} of the bucket removes or moves current versions by age: backups that lie there will be lost; disable it or use another bucket`,
    );
}
