import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { type ErrorCode, isBackupError } from "../../../lib/base/index.ts";
import {
  createConfig,
  decodeConfig,
  hasConfig,
  loadConfig,
  saveConfig,
} from "../../../lib/repository/config.ts";
import { createSealer, generateMasterKey } from "../../../lib/repository/crypto/index.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { faultyStorage } from "../../helpers/faulty-storage.ts";

const POLYNOMIAL = 0x21218f7bbedda3n;
const sealer = createSealer(generateMasterKey());
const has = (...codes: ErrorCode[]) => expect.toSatisfy((error) => isBackupError(error, ...codes));
const sealed = (text: string): Buffer => sealer.seal(Buffer.from(text));

test("a config comes back, with restic's fields in restic's order and a new id each time", async () => {
  const storage = new MemoryStorage();
  expect(await hasConfig(storage)).toBe(false);
  const config = createConfig(POLYNOMIAL);
  await saveConfig(storage, config, sealer);
  expect(await hasConfig(storage)).toBe(true);
  const stored = await loadConfig(storage);
  expect(decodeConfig(stored, sealer)).toEqual(config);
  expect(sealer.open(stored).toString()).toBe(
    `{"version":2,"id":"${config.id}","chunker_polynomial":"21218f7bbedda3"}`,
  );
  expect(createConfig(POLYNOMIAL).id).not.toBe(config.id);
});

test("an absent repository is told with restic's exit code, an unreachable one is not absent", async () => {
  const storage = new MemoryStorage();
  await expect(loadConfig(storage)).rejects.toMatchObject({
    code: "repository-not-found",
    exitCode: 10,
  });
  const denied = faultyStorage(storage, [{ on: "get", error: "storage-access-denied" }]);
  await expect(loadConfig(denied)).rejects.toEqual(has("storage-access-denied"));
});

test("a repository that is there is never overwritten; writing the same again is harmless", async () => {
  const storage = new MemoryStorage();
  await saveConfig(storage, createConfig(POLYNOMIAL), sealer);
  const before = await loadConfig(storage);
  const again = saveConfig(storage, createConfig(POLYNOMIAL), sealer);
  await expect(again).rejects.toEqual(has("repository-exists"));
  expect(await loadConfig(storage)).toEqual(before);
});

test.each<[string, ErrorCode]>([
  ['"version":3', "version-too-new"],
  ['"version":0', "unsupported-format"],
  ['"version":"2"', "data-corrupt"],
  ['"version":-1', "data-corrupt"],
  ['"version":2e9', "version-too-new"],
])("a config with %s is %s", (version, code) => {
  const text = `{${version},"id":"${"a".repeat(64)}","chunker_polynomial":"21218f7bbedda3"}`;
  expect(() => decodeConfig(sealed(text), sealer)).toThrow(has(code));
});

test("fields that are not known are passed over", () => {
  const text = `{"version":1,"new":[],"id":"${"a".repeat(64)}","chunker_polynomial":"21218f7bbedda3"}`;
  expect(decodeConfig(sealed(text), sealer).version).toBe(1);
});

test.each([
  "0",
  "1fffffffffffff",
  "40000000000000",
  "21218f7bbedda2",
  "xyz",
  "",
  "-1",
  "f".repeat(17),
])("the polynomial %j is refused", (polynomial) => {
  const text = `{"version":2,"id":"${"a".repeat(64)}","chunker_polynomial":"${polynomial}"}`;
  expect(() => decodeConfig(sealed(text), sealer)).toThrow(has("data-corrupt"));
});

test("truncated, flipped and random configs are refused, also below the encryption", () => {
  const text = `{"version":2,"id":"${"a".repeat(64)}","chunker_polynomial":"21218f7bbedda3"}`;
  const good = sealed(text);
  for (let length = 0; length < good.length; length += 1) {
    expect(() => decodeConfig(good.subarray(0, length), sealer)).toThrow(has("data-corrupt"));
    expect(() => decodeConfig(randomBytes(length), sealer)).toThrow(has("data-corrupt"));
  }
  for (let length = 0; length < text.length; length += 1) {
    expect(() => decodeConfig(sealed(text.slice(0, length)), sealer)).toThrow(has("data-corrupt"));
  }
  for (const other of ["null", "[]", "{}", "7"]) {
    expect(() => decodeConfig(sealed(other), sealer)).toThrow(has("data-corrupt"));
  }
});
