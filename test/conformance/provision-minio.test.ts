import { afterAll, beforeAll, expect, test } from "vitest";
import {
  applyProvision,
  assessProtection,
  type Blueprint,
  type CloudOptions,
  differences,
  planProvision,
  type RoleName,
  rolePolicy,
} from "../../lib/provision/index.ts";
import { type AccessKey, type Minio, startMinio } from "../helpers/minio.ts";
import { forMinio } from "../helpers/minio-policies.ts";
import { describeWith } from "../helpers/parts.ts";
import { AWS_BLUEPRINT, cloudOptions } from "../helpers/provision.ts";

describeWith(["minio", "mc"], "provision on MinIO", () => {
  let minio: Minio;
  let blueprint: Blueprint;
  const optionsOf = (keys: AccessKey): CloudOptions => ({
    ...cloudOptions(keys, minio.endpoint),
    region: minio.region,
  });
  beforeAll(async () => {
    minio = await startMinio();
    blueprint = {
      ...AWS_BLUEPRINT,
      service: { kind: "other", name: "MinIO", hasVersions: true, hasKms: true, isSecure: false },
      region: minio.region,
      bucket: "backups",
      key: { kind: "existing", id: minio.kmsKeyId },
    };
  });
  afterAll(() => minio[Symbol.asyncDispose]());

  test("what the service lacks is left out with a sentence, the rest is made, and a second run keeps it", async () => {
    const options = optionsOf(minio);
    const plan = await planProvision(blueprint, options);
    expect(plan.items.map(({ id, action }) => `${action} ${id}`)).toEqual([
      "keep key",
      "create bucket",
      "left-out bucket-public-access",
      "left-out bucket-ownership",
      "create bucket-versioning",
      "create bucket-encryption",
      "create bucket-policy",
      "create bucket-lifecycle",
      "left-out bucket-tags",
      "left-out policy-standard",
    ]);
    for (const { action, why } of plan.items)
      if (action === "left-out") expect(why).toMatch(/MinIO|make a user/);
    const { items } = await applyProvision(plan, options);
    expect(items.filter(({ action }) => action === "left-out")).toHaveLength(4);
    const again = await planProvision(blueprint, options);
    expect(differences(again)).toEqual([]);
    await applyProvision(again, options);
  });

  test("the level is what the credentials can do, found out without harm", async () => {
    const options = optionsOf(minio);
    const place = { ...blueprint, bucket: "levels" };
    await applyProvision(await planProvision(place, options), options);
    const levelOf = async (keys: AccessKey) => await assessProtection(place, optionsOf(keys));
    const scope = { partition: "aws", account: "", keyArn: undefined, ...place };
    const userWith = async (role: RoleName): Promise<AccessKey> =>
      await minio.createUser(forMinio(rolePolicy(scope, role)));
    expect(await levelOf(await userWith("standard"))).toMatchObject({ level: "standard" });
    expect(await levelOf(await userWith("writer"))).toMatchObject({ level: "strict" });
    const administrator = await levelOf(minio);
    expect(administrator.level).toBe("none");
    expect(administrator.reasons.join()).toMatch(/remove versions.*change the bucket/);
    await minio.mc("version", "suspend", "test/levels");
    expect(await levelOf(await userWith("standard"))).toMatchObject({
      level: "none",
      reasons: [expect.stringMatching(/keeps no versions/)],
    });
    const service = { ...place.service, name: "Cloudflare R2", hasVersions: false };
    expect(await assessProtection({ ...place, service }, options)).toMatchObject({
      level: "none",
      reasons: [expect.stringMatching(/Cloudflare R2 keeps no versions/)],
    });
  });
});
