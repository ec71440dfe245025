import { expect, test } from "vitest";
import {
  encryptionContext,
  readWrappedPasswords,
  saveWrappedPassword,
  type WrappedPassword,
} from "../../../../lib/app/repositories/wrapped-password-file.ts";
import { MemoryStorage } from "../../../../lib/storage/index.ts";

const wrapped = (more: Partial<WrappedPassword> = {}): WrappedPassword => ({
  keyArn: "arn:aws:kms:eu-central-1:111122223333:key/1",
  encryptionContext: encryptionContext("agent"),
  ciphertext: Buffer.from("sealed by KMS"),
  passwordId: "a".repeat(64),
  createdAt: "2026-11-21T03:00:00.000Z",
  ...more,
});

const put = (storage: MemoryStorage, name: string, body: string) =>
  storage.put(`agent/password.kms.${name}`, Buffer.from(body));

test("a second wrapped password takes nothing from the first, and is read before it", async () => {
  const storage = new MemoryStorage();
  const first = await saveWrappedPassword(storage, "agent", wrapped());
  const later = wrapped({ createdAt: "2026-12-01T03:00:00.000Z", passwordId: "b".repeat(64) });
  const second = await saveWrappedPassword(storage, "agent", later);
  expect(first.key).toBe("agent/password.kms.json");
  expect(second.key).toMatch(/^agent\/password\.kms\.20261201T030000Z-\w{6}\.json$/);
  const { wrapped: found, problems } = await readWrappedPasswords(storage, "agent");
  expect(found).toEqual([second, first]);
  expect(problems).toEqual([]);
});

test("passwords of other instances, and what else lies beside the repository, are not looked at", async () => {
  const storage = new MemoryStorage();
  await saveWrappedPassword(storage, "agent-2", wrapped());
  await storage.put("agent/repository/config", Buffer.from("x"));
  expect(await readWrappedPasswords(storage, "agent")).toEqual({ wrapped: [], problems: [] });
});

test.each([
  ["what is not JSON", "{", "data-corrupt"],
  ["an array", "[]", "data-corrupt"],
  ["a file without a ciphertext", '{"version":1}', "data-corrupt"],
  ["a file of a newer program", '{"version":2}', "version-too-new"],
  ["a file of megabytes", `"${"x".repeat(2_000_000)}"`, "limit-exceeded"],
])("%s is told and hides no other", async (_title, body, code) => {
  const storage = new MemoryStorage();
  const good = await saveWrappedPassword(storage, "agent", wrapped());
  await put(storage, "20261201T030000Z-aaaaaa.json", body);
  const { wrapped: found, problems } = await readWrappedPasswords(storage, "agent");
  expect(found).toEqual([good]);
  expect(problems).toMatchObject([{ code }]);
});

test("a file holds no password in the clear, and says how it is decrypted without us", async () => {
  const storage = new MemoryStorage();
  const { key } = await saveWrappedPassword(storage, "agent", wrapped());
  const file = JSON.parse(Buffer.from(await storage.get(key, 65_536)).toString());
  expect(file).toEqual({
    version: 1,
    about: expect.stringContaining("aws kms decrypt"),
    keyArn: "arn:aws:kms:eu-central-1:111122223333:key/1",
    encryptionContext: { "clawback:instance": "agent" },
    ciphertext: Buffer.from("sealed by KMS").toString("base64"),
    passwordId: "a".repeat(64),
    createdAt: "2026-11-21T03:00:00.000Z",
  });
});
