/** What policies are about. Every text may also be a CloudFormation expression such as `${AWS::AccountId}`. */
export interface PolicyScope {
  /** `aws`, `aws-cn`, `aws-us-gov`, … */
  readonly partition: string;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  /** Everything lies below it; empty: in the whole bucket. No slash at either end. */
  readonly prefix: string;
  /** ARN of the KMS key; undefined where the service encrypts with keys of its own. */
  readonly keyArn: string | undefined;
}

/** {@link PolicyScope} of one machine's backups. */
export interface InstanceScope extends PolicyScope {
  readonly instance: string;
}

export function bucketArn({ partition, bucket }: PolicyScope): string {
  return `arn:${partition}:s3:::${bucket}`;
}

/** ARN of objects; `path` lies below the storage's prefix and may hold `*`. */
export function objectsArn(scope: PolicyScope, path: string): string {
  const key = scope.prefix === "" ? path : `${scope.prefix}/${path}`;
  return `${bucketArn(scope)}/${key}`;
}

/** The beginning of every key of an instance, without its last slash. */
export function instancePrefix({ prefix, instance }: InstanceScope): string {
  return prefix === "" ? instance : `${prefix}/${instance}`;
}

/** S3's name as KMS sees the caller that uses a key through it. */
export function s3Service({ region, partition }: PolicyScope): string {
  return `s3.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`;
}
