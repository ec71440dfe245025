import {
  type DeleteMarkerEntry,
  ListObjectsV2Command,
  type ListObjectsV2Output,
  ListObjectVersionsCommand,
  type ListObjectVersionsOutput,
  type ObjectVersion as S3ObjectVersion,
} from "@aws-sdk/client-s3";
import type { ListOptions, ObjectInfo, ObjectVersion } from "../contract.ts";
import { compareKeys, isKey } from "../keys.ts";
import { request, type S3Bucket } from "./bucket.ts";
import { isUnknownRequest } from "./errors.ts";

interface PageRequest {
  readonly Prefix: string;
  readonly StartAfter?: string;
  readonly Delimiter?: string;
  readonly MaxKeys?: number;
}

/** Objects below a prefix, a page of at most 1000 in memory at a time. Keys that no storage of ours could hold are left out. */
export async function* listObjects(
  bucket: S3Bucket,
  prefix: string,
  { startAfter, signal }: ListOptions = {},
): AsyncGenerator<ObjectInfo> {
  const after = startAfter === undefined ? {} : { StartAfter: startAfter };
  for await (const page of listPages(bucket, { Prefix: prefix, ...after }, signal)) {
    for (const object of page.Contents ?? []) {
      const info = infoOf(object, page.EncodingType);
      if (isKey(info.key)) yield info;
    }
  }
}

/** Facts about one object. The first key of a listing with the key as prefix is the key itself, if it exists. */
export async function findObject(
  bucket: S3Bucket,
  key: string,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo | undefined> {
  const pages = listPages(bucket, { Prefix: key, MaxKeys: 1 }, signal);
  const { value: page } = await pages.next();
  const [object] = page?.Contents ?? [];
  if (page === undefined || object === undefined) return undefined;
  const info = infoOf(object, page.EncodingType);
  return info.key === key ? info : undefined;
}

/** First segments below a prefix that is empty or ends with `/`, in byte order. */
export async function listFolderNames(
  bucket: S3Bucket,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const names: string[] = [];
  for await (const page of listPages(bucket, { Prefix: prefix, Delimiter: "/" }, signal)) {
    for (const { Prefix: folder = "" } of page.CommonPrefixes ?? []) {
      const name = decodeKey(folder, page.EncodingType).slice(prefix.length, -1);
      if (name !== "") names.push(name);
    }
  }
  // The service orders them with their slash.
  return names.sort(compareKeys);
}

/** Every version below a prefix, newest first per key. */
export async function* listObjectVersions(
  bucket: S3Bucket,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectVersion> {
  try {
    for await (const page of listVersionPages(bucket, prefix, signal)) {
      for (const version of mergeVersions(page)) if (isKey(version.key)) yield version;
    }
  } catch (error) {
    if (!isUnknownRequest(error)) throw error;
    for await (const info of listObjects(bucket, prefix, { signal })) {
      yield { ...info, versionId: info.etag, isLatest: true, isDeleteMarker: false };
    }
  }
}

async function* listPages(
  bucket: S3Bucket,
  input: PageRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListObjectsV2Output, undefined> {
  let position = {};
  while (true) {
    // Encoded as in URLs: XML cannot carry every character that a key can.
    const asked = { ...bucket.base, ...input, ...position, EncodingType: "url" } as const;
    const page = await request(bucket, { operation: "ListObjects", signal }, (send) =>
      bucket.client.send(new ListObjectsV2Command(asked), send),
    );
    yield page;
    if (!page.IsTruncated || page.NextContinuationToken === undefined) return;
    position = { ContinuationToken: page.NextContinuationToken };
  }
}

async function* listVersionPages(
  bucket: S3Bucket,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListObjectVersionsOutput> {
  let position = {};
  while (true) {
    const asked = { ...bucket.base, Prefix: prefix, ...position, EncodingType: "url" } as const;
    const page = await request(bucket, { operation: "ListObjectVersions", signal }, (send) =>
      bucket.client.send(new ListObjectVersionsCommand(asked), send),
    );
    yield page;
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
    position = {
      KeyMarker: decodeKey(page.NextKeyMarker, page.EncodingType),
      VersionIdMarker: page.NextVersionIdMarker,
    };
  }
}

/** The answer lists versions and deletion markers apart; each list is in order already. */
function mergeVersions(page: ListObjectVersionsOutput): ObjectVersion[] {
  const toVersion =
    (isDeleteMarker: boolean) =>
    (entry: S3ObjectVersion | DeleteMarkerEntry): ObjectVersion => ({
      ...infoOf(entry, page.EncodingType),
      versionId: entry.VersionId ?? "null",
      isLatest: entry.IsLatest ?? false,
      isDeleteMarker,
    });
  return [
    ...(page.Versions ?? []).map(toVersion(false)),
    ...(page.DeleteMarkers ?? []).map(toVersion(true)),
  ].sort(
    (a, b) =>
      compareKeys(a.key, b.key) ||
      Number(b.isLatest) - Number(a.isLatest) ||
      b.modifiedAt.getTime() - a.modifiedAt.getTime(),
  );
}

interface Entry {
  readonly Key?: string | undefined;
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly ETag?: string | undefined;
}

function infoOf(entry: Entry, encoding: string | undefined): ObjectInfo {
  return {
    key: decodeKey(entry.Key ?? "", encoding),
    sizeBytes: entry.Size ?? 0,
    modifiedAt: entry.LastModified ?? new Date(0),
    etag: entry.ETag ?? "",
  };
}

function decodeKey(key: string, encoding: string | undefined): string {
  if (encoding !== "url") return key;
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    // A service that says so and does not encode.
    return key;
  }
}
