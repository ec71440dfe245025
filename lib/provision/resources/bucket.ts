import { isBackupError } from "../../base/index.ts";
import type { Answer } from "../cloud/index.ts";
import { isAccountRegional } from "../names.ts";
import type { ApiCall } from "../types.ts";
import { AS_WANTED, hiddenBy, type Look, type Resource, type Site } from "./resource.ts";

/** The bucket itself. That it answers is not enough: it must be the account's own. */
export function bucketResource(bucket: string): Resource {
  return {
    id: "bucket",
    title: `bucket ${bucket}`,
    purpose: "holds the backups",
    look: lookAtBucket,
  };
}

async function lookAtBucket(site: Site): Promise<Look> {
  const { blueprint, caller } = site;
  const { region, isExistingBucket, service } = blueprint;
  try {
    const found = await findBucket(site);
    if (found === undefined) {
      if (!isExistingBucket) return { state: "absent", calls: [createCall(site)] };
      return {
        state: "cannot",
        detail: "it does not exist; leave out that it is an existing one, and it is made",
      };
    }
    const actual = found.BucketRegion;
    const isElsewhere = service.kind === "aws" && typeof actual === "string" && actual !== region;
    return isElsewhere
      ? { state: "cannot", detail: `it is in region ${actual}, not ${region}` }
      : AS_WANTED;
  } catch (error) {
    if (isBackupError(error) && error.details.httpStatus === 301) {
      return { state: "cannot", detail: `it is in another region than ${region}` };
    }
    if (!isBackupError(error, "storage-access-denied") || error.details.action === undefined)
      throw error;
    const whose =
      caller === undefined ? "" : `it does not belong to account ${caller.account}, or `;
    return {
      state: "cannot",
      detail: `${whose}these credentials may not look at it (s3:ListBucket); choose another name`,
    };
  }
}

/** A role that may list only below its own prefix may not ask for the head of the bucket, but for its place. */
async function findBucket(site: Site): Promise<Answer | undefined> {
  const { cloud, blueprint } = site;
  const input = { Bucket: blueprint.bucket, ...ownedBy(site) };
  try {
    return await cloud.find({ service: "s3", operation: "HeadBucket", input });
  } catch (error) {
    if (hiddenBy(error) === undefined) throw error;
    const place = await cloud
      .find({ service: "s3", operation: "GetBucketLocation", input })
      .catch(() => undefined);
    if (place === undefined) throw error;
    return { BucketRegion: place.LocationConstraint || "us-east-1" };
  }
}

/** Sent with every request to AWS, which then refuses a bucket of somebody else. */
export function ownedBy({ caller }: Site): { ExpectedBucketOwner?: string } {
  return caller === undefined ? {} : { ExpectedBucketOwner: caller.account };
}

function createCall({ blueprint, caller }: Site): ApiCall {
  const { bucket, region, service } = blueprint;
  const isAws = service.kind === "aws";
  const isOwn = caller !== undefined && isAccountRegional(bucket, caller.account, region);
  const elsewhere = isAws && region !== "us-east-1";
  return {
    service: "s3",
    operation: "CreateBucket",
    input: {
      Bucket: bucket,
      ...(elsewhere ? { CreateBucketConfiguration: { LocationConstraint: region } } : {}),
      ...(isOwn ? { BucketNamespace: "account-regional" } : {}),
      ...(isAws ? { ObjectOwnership: "BucketOwnerEnforced" } : {}),
    },
  };
}
