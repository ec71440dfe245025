/** A rule of a bucket's lifecycle, in the shape of S3's interface. */
export interface LifecycleRule {
  readonly ID: string;
  readonly Status: "Enabled";
  readonly Filter: { readonly Prefix: string };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly Expiration?: { readonly ExpiredObjectDeleteMarker: true };
}

/** How long a deleted or replaced object can be brought back. */
export const RECOVERY_DAYS = 30;
const UPLOAD_DAYS = 3;
/** Begins the id of every rule that is ours; rules of others are never touched. */
export const LIFECYCLE_ID_PREFIX = "clawback-";

/**
 * What the service tidies up by itself: stranded uploads, versions that nobody can want any more, and the markers of deletions when
 * nothing is left below them. **Never a current version**: by its age alone nobody can tell whether new snapshots still need a pack.
 *
 * @param prefix - Of the storage, without slashes at its ends; empty for the whole bucket.
 */
export function lifecycleRules(prefix: string): LifecycleRule[] {
  const common = {
    Status: "Enabled",
    Filter: { Prefix: prefix === "" ? "" : `${prefix}/` },
  } as const;
  const id = (name: string): string =>
    prefix === ""
      ? LIFECYCLE_ID_PREFIX + name
      : `${LIFECYCLE_ID_PREFIX}${name}-${prefix}`.slice(0, 255);
  return [
    {
      // In one rule: MinIO takes none that only ends uploads.
      ID: id("versions-and-uploads"),
      ...common,
      NoncurrentVersionExpiration: { NoncurrentDays: RECOVERY_DAYS },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: UPLOAD_DAYS },
    },
    { ID: id("delete-markers"), ...common, Expiration: { ExpiredObjectDeleteMarker: true } },
  ];
}
