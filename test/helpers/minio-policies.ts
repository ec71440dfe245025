import type { PolicyDocument, Statement } from "../../lib/provision/index.ts";

/** What MinIO's policy engine does not know and refuses to store. Whoever changes the list says in a test what is not exercised. */
export const UNKNOWN_TO_MINIO: readonly string[] = [
  "s3:GetBucketOwnershipControls",
  "s3:GetBucketPublicAccessBlock",
  "s3:PutObjectAcl",
  "s3:PutObjectVersionAcl",
];
/** Condition keys of the bucket's policy that MinIO refuses; and TLS, which the tests' servers do not speak. */
export const CONDITIONS_UNKNOWN_TO_MINIO: readonly string[] = [
  "s3:if-none-match",
  "aws:SecureTransport",
];

/** The S3 statements of a policy as MinIO takes them: without KMS, and without what it does not know. */
export function forMinio({ Version, Statement }: PolicyDocument): PolicyDocument {
  return { Version, Statement: Statement.flatMap(knownPart) };
}

function knownPart(statement: Statement): Statement[] {
  const Action = [statement.Action]
    .flat()
    .filter((action) => action.startsWith("s3:") && !UNKNOWN_TO_MINIO.includes(action));
  const conditions = Object.values(statement.Condition ?? {}).flatMap((each) => Object.keys(each));
  const isKnown = !conditions.some((key) => CONDITIONS_UNKNOWN_TO_MINIO.includes(key));
  return Action.length > 0 && isKnown ? [{ ...statement, Action }] : [];
}
