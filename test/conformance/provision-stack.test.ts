import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  applyProvision,
  cloudFormationTemplate,
  differences,
  planProvision,
} from "../../lib/provision/index.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { AWS_BLUEPRINT, cloudOptions } from "../helpers/provision.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { run } from "../parts/run.ts";

/** What moto's CloudFormation passes over in silence; the unit tests hold these texts to what the plan sends. */
const PASSED_OVER_BY_MOTO = [
  "bucket-public-access",
  "bucket-ownership",
  "bucket-versioning",
  "bucket-encryption",
  "bucket-policy",
  "bucket-lifecycle",
];

/** moto's KMS fails on tags as CloudFormation writes them, and on a policy that is not a text. */
function forMoto(template: object): object {
  const copy = structuredClone(template) as {
    Resources: Record<string, { Properties: Record<string, unknown> }>;
  };
  const key = copy.Resources.ClawbackKey?.Properties ?? {};
  delete key.Tags;
  const policy = JSON.stringify(key.KeyPolicy).replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, "$1");
  key.KeyPolicy = { "Fn::Sub": policy };
  return copy;
}

/** Its own script names the folder in which it was installed. */
const CFN_LINT = "import sys; from cfnlint.runner import main; sys.exit(main())";

describeWith("moto", "the CloudFormation text, deployed", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const deploy = async (template: object): Promise<string> => {
    const { region, endpoint } = { ...moto, region: AWS_BLUEPRINT.region };
    const scope = `20261121/${region}/cloudformation/aws4_request`;
    const ask = async (fields: Record<string, string>): Promise<string> => {
      const answer = await fetch(endpoint, {
        method: "POST",
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=testing/${scope}, SignedHeaders=host, Signature=none`,
        },
        body: new URLSearchParams({ Version: "2010-05-15", StackName: "clawback", ...fields }),
      });
      return await answer.text();
    };
    const TemplateBody = JSON.stringify(template);
    await ask({
      Action: "CreateStack",
      TemplateBody,
      "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
    });
    return await ask({ Action: "DescribeStacks" });
  };

  test("gives what setup would make: the check finds nothing but what moto cannot make", async () => {
    const stack = await deploy(forMoto(cloudFormationTemplate(AWS_BLUEPRINT)));
    expect(stack).toContain("<StackStatus>CREATE_COMPLETE</StackStatus>");
    for (const output of ["Bucket", "KeyArn", "RoleArnStandard", "InstanceProfile"])
      expect(stack).toContain(`<OutputKey>${output}</OutputKey>`);
    const options = cloudOptions(moto, moto.endpoint);
    const plan = await planProvision(AWS_BLUEPRINT, options);
    expect(plan.items.filter(({ action }) => action === "cannot")).toEqual([]);
    expect(differences(plan).map(({ id }) => id)).toEqual(PASSED_OVER_BY_MOTO);
    await applyProvision(plan, options);
    expect(differences(await planProvision(AWS_BLUEPRINT, options))).toEqual([]);
  });

  test.each([
    ["standard with a new key", AWS_BLUEPRINT],
    [
      "strict with a key and a bucket that exist",
      {
        ...AWS_BLUEPRINT,
        level: "strict",
        trust: "account",
        isExistingBucket: true,
        key: { kind: "existing", id: "alias/ours" },
      },
    ],
    [
      "policies only, no key, below a prefix",
      { ...AWS_BLUEPRINT, trust: "none", prefix: "fleet", key: { kind: "none" } },
    ],
  ] as const)(
    "is accepted by cfn-lint, which knows AWS's schemas: %s",
    async (_title, blueprint) => {
      await using dir = await tempDir();
      const file = dir.join("template.json");
      writeFileSync(file, JSON.stringify(cloudFormationTemplate(blueprint)));
      // It comes with moto, which needs it.
      const args = ["-c", CFN_LINT, "--regions", AWS_BLUEPRINT.region, "--template", file];
      expect(await run(partPath("moto"), args)).toMatchObject({ code: 0, stdout: "" });
    },
  );
});
