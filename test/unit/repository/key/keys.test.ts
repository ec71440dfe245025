import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { type ErrorCode, isBackupError, Secret } from "../../../../lib/base/index.ts";
import { generateMasterKey } from "../../../../lib/repository/crypto/index.ts";
import {
  addKey,
  changePassword,
  listKeys,
  openKey,
  removeKey,
} from "../../../../lib/repository/key/index.ts";
import { decodeKeyFile } from "../../../../lib/repository/key/key-file.ts";
import { objectKeyOf, saveRawFile } from "../../../../lib/repository/stored-file/index.ts";
import { MemoryStorage } from "../../../../lib/storage/index.ts";
import { collect } from "../../../helpers/chunks.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";
import { faultyStorage } from "../../../helpers/faulty-storage.ts";

const FAST = { N: 2, r: 1, p: 1 };
const clock = fakeClock();
const has = (...codes: ErrorCode[]) => expect.toSatisfy((error) => isBackupError(error, ...codes));
const secret = (text: string): Secret => new Secret(text);
const options = { clock, cost: FAST, username: "claw", hostname: "host" };

async function withKeys(...passwords: string[]) {
  const storage = new MemoryStorage();
  const masterKey = generateMasterKey();
  const ids: string[] = [];
  for (const password of passwords) {
    ids.push(await addKey(storage, masterKey, secret(password), options));
  }
  return { storage, masterKey, ids };
}

test("every password opens the same master key, and says which key file it was", async () => {
  const { storage, masterKey, ids } = await withKeys("first", "sécond 日本", "third");
  for (const [at, password] of ["first", "sécond 日本", "third"].entries()) {
    const opened = await openKey(storage, secret(password));
    expect(opened.id).toBe(ids[at]);
    expect(Buffer.from(opened.masterKey.encrypt).equals(masterKey.encrypt)).toBe(true);
  }
});

test("a wrong password is told as such, with restic's exit code", async () => {
  const { storage } = await withKeys("right", "also right");
  const opening = openKey(storage, secret("wrong"));
  await expect(opening).rejects.toThrow("password opens none of the 2 keys tried");
  await expect(opening).rejects.toMatchObject({ code: "wrong-password", exitCode: 12 });
});

test("the hinted key is tried first, and a wrong hint does no harm", async () => {
  const { storage, ids } = await withKeys("a", "b", "c");
  const last = [...ids].sort().at(-1) ?? "";
  const password = secret(["a", "b", "c"][ids.indexOf(last)] ?? "");
  const watched = faultyStorage(storage, []);
  await openKey(watched, password, { hint: last.slice(0, 10) });
  expect(watched.calls.filter(({ call }) => call === "get")).toEqual([
    { call: "get", key: `keys/${last}` },
  ]);
  for (const hint of ["", "ffffffffffff", "not an id"]) {
    expect((await openKey(storage, password, { hint })).id).toBe(last);
  }
});

test("at most 20 keys are tried, apart from the hinted one", async () => {
  const { storage, ids } = await withKeys(...Array.from({ length: 25 }, (_, n) => `password ${n}`));
  const watched = faultyStorage(storage, []);
  await expect(openKey(watched, secret("wrong"))).rejects.toEqual(has("wrong-password"));
  expect(watched.calls.filter(({ call }) => call === "get")).toHaveLength(20);
  const last = [...ids].sort().at(-1) ?? "";
  const opened = await openKey(storage, secret(`password ${ids.indexOf(last)}`), { hint: last });
  expect(opened.id).toBe(last);
});

test("a damaged key file is passed over while another opens, and told when none does", async () => {
  const { storage, ids } = await withKeys("damaged", "good");
  const key = objectKeyOf("key", ids[0] ?? "");
  const bytes = Buffer.from(await storage.get(key, 10_000));
  bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1;
  await storage.put(key, bytes);
  expect((await openKey(storage, secret("good"))).id).toBe(ids[1]);
  await expect(openKey(storage, secret("damaged"))).rejects.toEqual(has("wrong-password"));
  await storage.delete(objectKeyOf("key", ids[1] ?? ""));
  await expect(openKey(storage, secret("damaged"))).rejects.toEqual(has("data-corrupt"));
  await storage.delete(key);
  await expect(openKey(storage, secret("damaged"))).rejects.toEqual(has("data-missing"));
});

test("a key file with a hostile cost is refused without spending it", async () => {
  const { storage } = await withKeys();
  const file = { kdf: "scrypt", salt: Buffer.alloc(64).toString("base64"), data: "AAAA" };
  await saveRawFile(
    storage,
    "key",
    Buffer.from(JSON.stringify({ ...file, N: 2 ** 40, r: 8, p: 1 })),
  );
  await expect(openKey(storage, secret("x"))).rejects.toEqual(has("limit-exceeded"));
});

test("an unreachable storage is no wrong password", async () => {
  const { storage } = await withKeys("x");
  for (const on of ["get", "list"] as const) {
    await expect(openKey(faultyStorage(storage, [{ on }]), secret("x"))).rejects.toEqual(
      has("storage-unavailable"),
    );
  }
});

test("an empty password makes no key", async () => {
  const { storage, masterKey } = await withKeys();
  const adding = addKey(storage, masterKey, secret(""), options);
  await expect(adding).rejects.toEqual(has("invalid-argument"));
});

test("a list shows whose keys there are, and which cannot be read", async () => {
  const { storage, ids } = await withKeys("x");
  const bad = await saveRawFile(storage, "key", Buffer.from("{"));
  const keys = await collect(listKeys(storage));
  expect(keys.find(({ id }) => id === ids[0])).toEqual({
    id: ids[0],
    created: "2026-11-21T03:00:00.000Z",
    username: "claw",
    hostname: "host",
  });
  expect(keys.find(({ id }) => id === bad)?.problem).toEqual(has("data-corrupt"));
});

test("the last key is never removed, and the one in use only when that is said", async () => {
  const { storage, ids } = await withKeys("a", "b");
  const [currentId = "", other = ""] = ids;
  await saveRawFile(storage, "key", Buffer.from("damaged keys do not count"));
  await expect(removeKey(storage, currentId, { currentId })).rejects.toEqual(has("policy-refused"));
  await removeKey(storage, currentId, { currentId, evenCurrent: true });
  await expect(openKey(storage, secret("a"))).rejects.toEqual(has("wrong-password"));
  await expect(removeKey(storage, other, { currentId })).rejects.toThrow(/last one/);
  expect((await openKey(storage, secret("b"))).id).toBe(other);
});

test("changing the password replaces the key in use and leaves the others", async () => {
  const { storage } = await withKeys("old", "other");
  const opened = await openKey(storage, secret("old"));
  const changed = await changePassword(storage, opened, secret("new"), options);
  expect((await openKey(storage, secret("new"))).id).toBe(changed.id);
  await openKey(storage, secret("other"));
  await expect(openKey(storage, secret("old"))).rejects.toEqual(has("wrong-password"));
});

test("wherever changing the password breaks off, one of both passwords opens", async () => {
  for (const on of ["put", "get", "delete"] as const) {
    for (const at of ["before", "response"] as const) {
      const { storage } = await withKeys("old");
      const opened = await openKey(storage, secret("old"));
      const faulty = faultyStorage(storage, [{ on, at }]);
      await expect(changePassword(faulty, opened, secret("new"), options)).rejects.toThrow();
      const opens = await Promise.allSettled([
        openKey(storage, secret("old")),
        openKey(storage, secret("new")),
      ]);
      expect(opens.some(({ status }) => status === "fulfilled")).toBe(true);
    }
  }
});

test("truncated, flipped and random key files are refused, never crash, and never open", async () => {
  const { storage, ids } = await withKeys("x");
  const good = Buffer.from(await storage.get(objectKeyOf("key", ids[0] ?? ""), 10_000));
  const attempt = (bytes: Uint8Array): void => {
    try {
      decodeKeyFile(bytes);
    } catch (error) {
      expect(error).toEqual(has("data-corrupt", "unsupported-format"));
    }
  };
  for (let length = 0; length < good.length; length += 1) attempt(good.subarray(0, length));
  for (let bit = 0; bit < good.length * 8; bit += 1) {
    const damaged = Buffer.from(good);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    attempt(damaged);
  }
  for (let length = 0; length < 200; length += 1) attempt(randomBytes(length));
  for (const text of ["null", "[]", "1", '{"kdf":"argon2"}', "[".repeat(60_000)]) {
    attempt(Buffer.from(text));
  }
});
