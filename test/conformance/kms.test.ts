import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  checkKmsKey,
  decryptWithKms,
  encryptWithKms,
  type KmsOptions,
} from "../../lib/aws/index.ts";
import { Secret, systemClock } from "../../lib/base/index.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";

describeWith("moto", "KMS", () => {
  let moto: Moto;
  let client: KMSClient;
  let options: KmsOptions;
  beforeAll(async () => {
    moto = await startMoto();
    const { endpoint, region, accessKeyId, secretAccessKey } = moto;
    client = new KMSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    const secret = new Secret(secretAccessKey);
    options = { endpoint, region, accessKeyId, secretAccessKey: secret, clock: systemClock };
  });
  afterAll(async () => {
    client?.destroy();
    await moto?.[Symbol.asyncDispose]();
  });

  async function createKey(): Promise<string> {
    const { KeyMetadata: key } = await client.send(new CreateKeyCommand({}));
    return key?.KeyId ?? "";
  }

  test("a key is looked up by id and by alias", async () => {
    const keyId = await createKey();
    await client.send(new CreateAliasCommand({ AliasName: "alias/backups", TargetKeyId: keyId }));
    for (const name of [keyId, "alias/backups"]) {
      expect(await checkKmsKey(name, options)).toEqual({
        arn: expect.stringContaining(keyId),
        state: "Enabled",
        isUsable: true,
        isOwnedByAws: false,
      });
    }
  });

  test("a key that is disabled or going to be deleted is not usable", async () => {
    const disabled = await createKey();
    await client.send(new DisableKeyCommand({ KeyId: disabled }));
    expect(await checkKmsKey(disabled, options)).toMatchObject({
      state: "Disabled",
      isUsable: false,
    });
    const dying = await createKey();
    await client.send(new ScheduleKeyDeletionCommand({ KeyId: dying, PendingWindowInDays: 7 }));
    expect(await checkKmsKey(dying, options)).toMatchObject({ isUsable: false });
  });

  test("a key that does not exist is named, with what to do", async () => {
    await expect(checkKmsKey("alias/nothing", options)).rejects.toMatchObject({
      code: "storage-rejected",
      message:
        'KMS key "alias/nothing" does not exist in this account and region (NotFoundException)',
      hint: "check the key id or alias, and the region",
    });
  });

  test("what was encrypted is decrypted under the same context, and under no other", async () => {
    const keyId = await createKey();
    const context = { "clawback:instance": "host" };
    const plaintext = Buffer.from("a repository's password");
    const { ciphertext: sealed, keyArn } = await encryptWithKms(keyId, plaintext, {
      ...options,
      context,
    });
    expect(keyArn).toMatch(new RegExp(`^arn:aws:kms:us-east-1:\\d{12}:key/${keyId}$`));
    expect(Buffer.from(sealed).includes(plaintext)).toBe(false);
    const opened = await decryptWithKms(keyId, sealed, { ...options, context });
    expect(Buffer.from(opened).toString()).toBe("a repository's password");
    const other = { "clawback:instance": "other" };
    await expect(
      decryptWithKms(keyId, sealed, { ...options, context: other }),
    ).rejects.toMatchObject({ code: "data-corrupt" });
  });

  test("more than KMS takes is refused before it is sent", async () => {
    const context = { "clawback:instance": "host" };
    await expect(
      encryptWithKms("key", Buffer.alloc(4097), { ...options, context }),
    ).rejects.toMatchObject({ code: "limit-exceeded" });
  });

  test("a KMS that cannot be reached is said to be", async () => {
    const away = { ...options, endpoint: "http://127.0.0.1:1" };
    await expect(checkKmsKey("key", away)).rejects.toMatchObject({
      code: "storage-unavailable",
      message: 'KMS key "key" cannot be reached: it refuses the connection (ECONNREFUSED)',
    });
  });
});
