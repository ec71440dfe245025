import { type PolicyDocument, policyDocument, type Statement } from "./document.ts";
import { bucketArn, objectsArn, type PolicyScope } from "./scope.ts";

/** Below an instance: what is written once and never changed. Locks and probes are not among it. */
const WRITTEN_ONCE: readonly string[] = [
  "archives/*",
  "marks/*",
  "removed/*",
  "password.kms.*",
  "repository/config",
  "repository/data/*",
  "repository/index/*",
  "repository/snapshots/*",
  "repository/keys/*",
];

const SSE = "s3:x-amz-server-side-encryption";
const SSE_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const SSE_CUSTOMER = "s3:x-amz-server-side-encryption-customer-algorithm";

/**
 * The policy of the bucket. It only denies, so that it gives nobody a right: no request without TLS, no object under a key that somebody
 * else holds, no encryption but by the key of the backups, and no object replaced where each is written once.
 */
export function bucketPolicy(scope: PolicyScope): PolicyDocument {
  return policyDocument([
    denyPlainHttp(scope),
    denyCustomerKeys(scope),
    ...denyForeignKeys(scope),
    denyReplacing(scope),
  ]);
}

function denyPlainHttp(scope: PolicyScope): Statement {
  return {
    Sid: "ClawbackDenyPlainHttp",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn(scope), `${bucketArn(scope)}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

/** Whoever writes with a key of his own (SSE-C) alone can read it back: the extortion of January 2025. */
function denyCustomerKeys(scope: PolicyScope): Statement {
  return denyPut("ClawbackDenyCustomerKeys", `${bucketArn(scope)}/*`, {
    Null: { [SSE_CUSTOMER]: "false" },
  });
}

/** A request without these headers takes the bucket's default, which is the key of the backups. */
function denyForeignKeys(scope: PolicyScope): Statement[] {
  const { keyArn } = scope;
  if (keyArn === undefined) return [];
  const all = `${bucketArn(scope)}/*`;
  return [
    denyPut("ClawbackDenyOtherEncryption", all, {
      StringNotEquals: { [SSE]: "aws:kms" },
      Null: { [SSE]: "false" },
    }),
    denyPut("ClawbackDenyOtherKeys", all, {
      StringNotEquals: { [SSE_KEY]: keyArn },
      Null: { [SSE_KEY]: "false" },
    }),
  ];
}

/** Starting an upload and its parts cannot carry the header; completing it does. */
function denyReplacing(scope: PolicyScope): Statement {
  const resources = WRITTEN_ONCE.map((path) => objectsArn(scope, `*/${path}`));
  return denyPut("ClawbackDenyReplacing", resources, {
    Null: { "s3:if-none-match": "true" },
    Bool: { "s3:ObjectCreationOperation": "true" },
  });
}

function denyPut(
  Sid: string,
  Resource: string | readonly string[],
  Condition: NonNullable<Statement["Condition"]>,
): Statement {
  return { Sid, Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource, Condition };
}
