import type { S3StorageSettings } from "../../settings/index.ts";
import { type ResolvedPreset, resolvePreset } from "../../storage/index.ts";
import type { KitFacts } from "./facts.ts";
import { type KitPage, type KitValues, shellQuoted } from "./page.ts";

/** What the template's names stand for in this kit; a name without a value takes its line away. */
export function kitValues(facts: KitFacts, word: string): KitValues {
  const { instance, password, archivePassword, wrappedBy, passwordIds, archives } = facts;
  const isShown = password !== undefined;
  const isNeeded = passwordIds !== undefined || archives === "encrypted";
  const hasSnapshots = passwordIds !== undefined;
  const unwraps = !isShown && wrappedBy !== undefined && hasSnapshots;
  return {
    ...{ instance, word, wrappedBy: wrappedBy && `KMS key ${wrappedBy}` },
    ...{ password: password?.reveal(), archivePassword: archivePassword?.reveal() },
    andPassphrase: isShown || !isNeeded ? "" : secretOf(facts),
    missingPassword: flag(isNeeded && !isShown && wrappedBy === undefined),
    hasPasswordFile: flag(isShown || (isNeeded && wrappedBy === undefined)),
    hasArchivePassword: flag(archivePassword !== undefined),
    recipients: recipientsOf(facts),
    hasSnapshots: flag(hasSnapshots),
    unwraps: flag(unwraps),
    kmsContext: unwraps ? JSON.stringify({ "clawback:instance": instance }) : undefined,
    stateDir: hasSnapshots ? facts.stateDir : undefined,
    hasArchives: flag(archives !== "none"),
    isPlain: flag(archives === "plain"),
    ...archiveKey(facts, isNeeded),
    ...placeValues(facts, unwraps),
  };
}

function secretOf({ wrappedBy }: KitFacts): string {
  return wrappedBy === undefined ? ", knows the passphrase" : ", may decrypt with its KMS key";
}

function flag(holds: boolean): "" | undefined {
  return holds ? "" : undefined;
}

function recipientsOf({ recipients }: KitFacts): string | undefined {
  return recipients.length === 0
    ? undefined
    : recipients.map(({ fingerprint }) => fingerprint).join(", ");
}

/** With a passphrase gpg needs no person; of an archive with neither a page cannot tell. */
function archiveKey(facts: KitFacts, isNeeded: boolean): KitValues {
  const { archives, archivePassword, recipients, wrappedBy, password } = facts;
  if (archives !== "encrypted") return {};
  const isForKeyOnly = recipients.length > 0 && password === undefined;
  if (isForKeyOnly || (!isNeeded && wrappedBy !== undefined)) return { forPrivateKey: "" };
  const file = archivePassword === undefined ? "password.txt" : "archive-password.txt";
  return { gpgPasswordFile: file };
}

function placeValues(facts: KitFacts, unwraps: boolean): KitValues {
  const { place, instance, archives } = facts;
  const { settings } = place;
  const hasSnapshots = facts.passwordIds !== undefined;
  if (settings.type === "directory") {
    const folder = `${settings.path}/${instance}`;
    return {
      isLocal: "",
      addStorage: flags({ id: settings.id, type: "directory", path: settings.path }),
      resticRepository: hasSnapshots ? `${folder}/repository` : undefined,
      archivesInDirectory: archives === "none" ? undefined : `${folder}/archives`,
    };
  }
  const preset = resolvePreset(settings);
  const key = [settings.prefix, instance].filter((part) => part !== "").join("/");
  const bucketUrl = ["s3:/", settings.bucket, settings.prefix]
    .filter((part) => part !== "")
    .join("/");
  const endpoint = settings.endpoint ?? preset.endpoint;
  return {
    accessKeyId: settings.accessKeyId,
    hasAccessKey: flag(settings.accessKeyId !== undefined),
    usesChain: flag(settings.accessKeyId === undefined),
    region: preset.region,
    addStorage: flags(flagsOfBucket(settings)),
    resticRepository: hasSnapshots
      ? `s3:${endpoint ?? awsEndpoint(preset)}/${settings.bucket}/${key}/repository`
      : undefined,
    wrappedPassword: unwraps ? `${bucketUrl}/${facts.wrappedKey}` : undefined,
    kmsEndpoint: endpointFlag(settings.kmsEndpoint),
    archivesInBucket: archives === "none" ? undefined : `${bucketUrl}/${instance}/archives`,
    s3Endpoint: endpointFlag(endpoint),
  };
}

function endpointFlag(endpoint: string | undefined): string {
  return endpoint === undefined ? "" : ` --endpoint-url ${shellQuoted(endpoint)}`;
}

function awsEndpoint({ region = "us-east-1" }: ResolvedPreset): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

/** The secret of a stored key is not repeated: the commands before put it where AWS's own chain finds it. */
function flagsOfBucket(settings: S3StorageSettings): Record<string, string | undefined> {
  const { id, type, preset, endpoint, region, bucket, prefix, addressing } = settings;
  const { sse, kmsKey, kmsEndpoint, expectedBucketOwner } = settings;
  return {
    ...{ id, type, preset, endpoint, region, bucket },
    prefix: prefix === "" ? undefined : prefix,
    ...{ addressing, sse: kmsKey === undefined ? sse : undefined },
    ...{ "kms-key": kmsKey, "kms-endpoint": kmsEndpoint },
    "expected-bucket-owner": expectedBucketOwner,
  };
}

function flags({ id = "", ...named }: Record<string, string | undefined>): string {
  const given = Object.entries(named).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined;
  });
  return [id, ...given.map(([name, value]) => `--${name} ${shellQuoted(value)}`)].join(" ");
}

/** The table at the head of the page. */
export function kitTable(
  facts: KitFacts,
  made: { readonly at: Date; readonly by: string; readonly host: string },
): KitPage["facts"] {
  const { place, instance, password, archivePassword, passwordIds, wrappedBy, recipients } = facts;
  const { settings } = place;
  const bucket = settings.type === "s3" ? settings : undefined;
  const preset = bucket && resolvePreset(bucket);
  const rows: readonly (readonly [string, string | undefined])[] = [
    [
      "Made",
      `${made.at.toISOString().slice(0, 16).replace("T", " ")} UTC by ${made.by} on ${made.host}`,
    ],
    ["Instance", instance],
    ["Storage", `${place.id}: ${place.storage.location}`],
    ["Bucket", bucket?.bucket],
    ["Prefix", bucket?.prefix === "" ? undefined : bucket?.prefix],
    ["Service", preset && [preset.name, preset.region, preset.endpoint].filter(Boolean).join(", ")],
    ["Access key", bucket?.accessKeyId],
    ["KMS key", bucket?.kmsKey],
    ["Snapshots", passwordIds && `${instance}/repository, in restic's format`],
    ["Passwords", passwordIds?.map((id) => id.slice(0, 8)).join(", ")],
    ["Wrapped by", wrappedBy],
    ["Archives", facts.archives === "none" ? undefined : `${instance}/archives, ${facts.archives}`],
    ["Public keys", recipients.map(({ fingerprint }) => fingerprint).join(", ") || undefined],
    ["Passphrase", password?.reveal()],
    ["of archives", archivePassword?.reveal()],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}
