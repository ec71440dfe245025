import { expect, test } from "vitest";
import {
  awsCommands,
  type Blueprint,
  cloudFormationTemplate,
  planFromNothing,
  terraformConfiguration,
} from "../../../lib/provision/index.ts";
import { AWS_BLUEPRINT } from "../../helpers/provision.ts";

const expression = (name: string): string => `\${${name}}`;
const CALLER = {
  account: "111122223333",
  partition: "aws",
  arn: "arn:aws:iam::111122223333:user/admin",
};
const STRICT: Blueprint = {
  ...AWS_BLUEPRINT,
  level: "strict",
  trust: "account",
  prefix: "fleet",
  key: { kind: "existing", id: "alias/ours" },
};
const golden = async (name: string, value: unknown): Promise<void> =>
  expect(
    typeof value === "string" ? value : `${JSON.stringify(value, null, 2)}\n`,
  ).toMatchFileSnapshot(`golden/${name}.txt`);

test("CloudFormation for one EC2 instance", () =>
  golden("cloudformation", cloudFormationTemplate(AWS_BLUEPRINT)));
test("CloudFormation for strict with a key that exists", () =>
  golden("cloudformation-strict", cloudFormationTemplate(STRICT)));
test("Terraform for one EC2 instance", () =>
  golden("terraform", terraformConfiguration(AWS_BLUEPRINT)));
test("Terraform for strict with a key that exists", () =>
  golden("terraform-strict", terraformConfiguration(STRICT)));
test("commands for an empty account", async () =>
  golden("commands", awsCommands(await planFromNothing(AWS_BLUEPRINT, CALLER))));

test("each text says the same as the plan", async () => {
  const { items } = await planFromNothing(AWS_BLUEPRINT, CALLER);
  const sent = (operation: string) =>
    items.flatMap(({ calls }) => calls).find((call) => call.operation === operation)?.input ?? {};
  const template = JSON.parse(
    JSON.stringify(cloudFormationTemplate(AWS_BLUEPRINT))
      .replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, "$1")
      .replaceAll(expression("AWS::AccountId"), CALLER.account)
      .replaceAll(expression("AWS::Partition"), "aws")
      .replaceAll(expression("AWS::Region"), AWS_BLUEPRINT.region)
      .replaceAll(expression("ClawbackKey.Arn"), "(the new key)"),
  );
  const { Resources: made } = template;
  const bucket = made.ClawbackBucket.Properties;
  expect(made.ClawbackKey.Properties.KeyPolicy).toEqual(
    JSON.parse(String(sent("CreateKey").Policy)),
  );
  expect(made.ClawbackBucketPolicy.Properties.PolicyDocument).toEqual(
    JSON.parse(String(sent("PutBucketPolicy").Policy)),
  );
  expect(made.ClawbackPolicyStandard.Properties.PolicyDocument).toEqual(
    JSON.parse(String(sent("CreatePolicy").PolicyDocument)),
  );
  expect(made.ClawbackRoleStandard.Properties.AssumeRolePolicyDocument).toEqual(
    JSON.parse(String(sent("CreateRole").AssumeRolePolicyDocument)),
  );
  expect(bucket.OwnershipControls).toEqual(sent("PutBucketOwnershipControls").OwnershipControls);
  expect(bucket.PublicAccessBlockConfiguration).toEqual(
    sent("PutPublicAccessBlock").PublicAccessBlockConfiguration,
  );
  expect(bucket.VersioningConfiguration).toEqual(
    sent("PutBucketVersioning").VersioningConfiguration,
  );
  expect(bucket.BucketName).toBe(sent("CreateBucket").Bucket);
});

test("another service has neither", () => {
  const service = { ...AWS_BLUEPRINT.service, kind: "other", name: "MinIO" } as const;
  for (const print of [cloudFormationTemplate, terraformConfiguration])
    expect(() => print({ ...AWS_BLUEPRINT, service })).toThrow(/MinIO/);
});
