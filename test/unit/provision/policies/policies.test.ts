import { describe, expect, test } from "vitest";
import {
  bucketPolicy,
  type InstanceScope,
  keyPolicy,
  lifecycleRules,
  type PolicyDocument,
  type RoleName,
  rolePolicy,
  STATEMENT_SENTENCES,
  trustPolicy,
} from "../../../../lib/provision/index.ts";

const SCOPE: InstanceScope = {
  partition: "aws",
  account: "111122223333",
  region: "eu-central-1",
  bucket: "clawback-111122223333-eu-central-1-an",
  prefix: "",
  instance: "agent",
  keyArn: "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
};
const ROLES: readonly RoleName[] = ["standard", "writer", "restorer", "pruner"];

/** Golden texts: a change in them is a change of the promise, and is read before it is accepted. */
const golden = async (name: string, value: unknown): Promise<void> =>
  expect(`${JSON.stringify(value, null, 2)}\n`).toMatchFileSnapshot(`golden/${name}.txt`);

describe("the texts are what was reviewed", () => {
  test("bucket policy", () => golden("bucket-policy", bucketPolicy(SCOPE)));
  test("bucket policy below a prefix, without a key", () =>
    golden(
      "bucket-policy-prefix",
      bucketPolicy({ ...SCOPE, prefix: "fleet/a", keyArn: undefined }),
    ));
  test("lifecycle", () => golden("lifecycle", lifecycleRules("")));
  test("lifecycle below a prefix", () => golden("lifecycle-prefix", lifecycleRules("fleet/a")));
  test("key policy", () => golden("key-policy", keyPolicy(SCOPE)));
  test.each(ROLES)("policy of the %s", (role) => golden(`role-${role}`, rolePolicy(SCOPE, role)));
  test.each(["ec2", "roles-anywhere", "account"] as const)("trust of %s", (trust) =>
    golden(`trust-${trust}`, trustPolicy(trust, SCOPE)),
  );
});

test("no rule ever expires a current version or moves one to another class", () => {
  for (const rule of [...lifecycleRules(""), ...lifecycleRules("x")]) {
    const { ID: _, Status: __, Filter: ___, ...does } = rule;
    expect(JSON.stringify(does)).not.toMatch(/Days":.*Expiration|Date|Transition/);
    expect(rule.Expiration).toSatisfy(
      (each) => each === undefined || Object.keys(each).join() === "ExpiredObjectDeleteMarker",
    );
  }
});

test("the bucket's policy gives nobody a right", () => {
  expect(new Set(bucketPolicy(SCOPE).Statement.map(({ Effect }) => Effect))).toEqual(
    new Set(["Deny"]),
  );
});

const allowed = ({ Statement }: PolicyDocument): readonly string[] =>
  Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action);

test.each(ROLES)("the %s is given nothing that could destroy backups for good", (role) => {
  const rights = allowed(rolePolicy(SCOPE, role));
  expect(rights.join()).not.toMatch(/\*/);
  expect(
    rights.filter((action) =>
      /Version$|^s3:(Put|Delete)Bucket|Lifecycle|Bypass|Retention|LegalHold|^iam:|kms:(Put|Disable|Schedule|Create)/.test(
        action,
      ),
    ),
  ).toEqual(["s3:GetObjectVersion", "s3:GetLifecycleConfiguration"]);
});

test.each(ROLES)("the %s reaches objects of its own instance and the layout only", (role) => {
  const resources = rolePolicy({ ...SCOPE, prefix: "fleet" }, role)
    .Statement.filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Resource = [] }) => Resource)
    .filter((arn) => arn.startsWith("arn:aws:s3:::") && arn.includes("/"));
  const base = `arn:aws:s3:::${SCOPE.bucket}/fleet/`;
  for (const arn of resources) {
    expect(arn === `${base}clawback.json` || arn.startsWith(`${base}agent/`)).toBe(true);
  }
});

test.each(ROLES)(
  "the policy of the %s fits into a managed policy, with the longest names",
  (role) => {
    const longest = {
      ...SCOPE,
      bucket: "b".repeat(63),
      instance: "i".repeat(64),
      prefix: "p".repeat(40),
    };
    expect(JSON.stringify(rolePolicy(longest, role)).length).toBeLessThanOrEqual(6144);
  },
);

test("each statement is explained in a sentence", () => {
  const all = [
    bucketPolicy(SCOPE),
    keyPolicy(SCOPE),
    trustPolicy("ec2", SCOPE),
    ...ROLES.map((role) => rolePolicy(SCOPE, role)),
  ];
  const named = new Set(all.flatMap(({ Statement }) => Statement.map(({ Sid }) => Sid)));
  expect(Object.keys(STATEMENT_SENTENCES).sort()).toEqual([...named].sort());
});
