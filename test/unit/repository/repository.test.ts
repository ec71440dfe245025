import { expect, test } from "vitest";
import { type ErrorCode, isBackupError, Secret } from "../../../lib/base/index.ts";
import { randomPolynomial } from "../../../lib/repository/chunker/index.ts";
import { initRepository, openRepository } from "../../../lib/repository/index.ts";
import { composeRepository } from "../../../lib/repository/repository.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { collect } from "../../helpers/chunks.ts";
import { faultyStorage } from "../../helpers/faulty-storage.ts";
import { initTestRepository, testRepositoryOptions } from "../../helpers/repository.ts";

const has = (...codes: ErrorCode[]) => expect.toSatisfy((error) => isBackupError(error, ...codes));
const keysOf = async (storage: MemoryStorage) =>
  (await collect(storage.list(""))).map(({ key }) => key.split("/")[0]);

test("what was created opens again: same config, same master key", async () => {
  const options = testRepositoryOptions();
  const created = await initRepository(options);
  const opened = await openRepository(options);
  expect(opened.config).toEqual(created.config);
  expect(opened.config.version).toBe(2);
  expect(opened.sealer.open(created.sealer.seal(Buffer.from("x"))).toString()).toBe("x");
  const id = await created.storedFiles.save("index", Buffer.from('{"packs":[]}'));
  expect((await opened.storedFiles.load("index", id)).toString()).toBe('{"packs":[]}');
});

test("the polynomial of another repository can be taken over", async () => {
  const chunkerPolynomial = randomPolynomial();
  const { config } = await initRepository({ ...testRepositoryOptions(), chunkerPolynomial });
  expect(config.chunkerPolynomial).toBe(chunkerPolynomial);
});

test("opening writes nothing, and asks for the config, the keys, and nothing else", async () => {
  const { storage } = await initTestRepository();
  const watched = faultyStorage(storage, []);
  await openRepository(testRepositoryOptions({ storage: watched }));
  expect(watched.calls.map(({ call }) => call)).toEqual(["get", "list", "get"]);
});

test("no repository, and a wrong password, are told apart", async () => {
  const empty = openRepository(testRepositoryOptions());
  await expect(empty).rejects.toEqual(has("repository-not-found"));
  const { storage } = await initTestRepository();
  const wrong = { storage, password: new Secret("wrong") };
  await expect(openRepository(testRepositoryOptions(wrong))).rejects.toEqual(has("wrong-password"));
});

test("a repository is never created over another one", async () => {
  const { storage } = await initTestRepository();
  const before = await collect(storage.list(""));
  await expect(initTestRepository({ storage })).rejects.toEqual(has("repository-exists"));
  expect(await collect(storage.list(""))).toEqual(before);
});

test("where a repository has lost its config, none is created that could not read the rest", async () => {
  for (const key of ["snapshots/", "index/", "data/aa/"]) {
    const storage = new MemoryStorage();
    await storage.put(key + "a".repeat(64), Buffer.of(1));
    await expect(initTestRepository({ storage })).rejects.toEqual(has("data-missing"));
  }
});

test("an init that was interrupted is finished by the next one with the same password", async () => {
  const storage = new MemoryStorage();
  const broken = faultyStorage(storage, [{ on: "put", key: "config" }]);
  await expect(initTestRepository({ storage: broken })).rejects.toEqual(has("storage-unavailable"));
  expect(await keysOf(storage)).toEqual(["keys"]);
  const password = new Secret("other");
  await expect(initTestRepository({ storage, password })).rejects.toThrow(/interrupted left a key/);
  await initTestRepository({ storage });
  expect(await keysOf(storage)).toEqual(["config", "keys"]);
  await openRepository(testRepositoryOptions({ storage }));
});

test("of several inits at once one succeeds, and every key that stays opens its repository", async () => {
  for (let round = 0; round < 20; round += 1) {
    const storage = new MemoryStorage();
    const passwords = ["a", "a", "b"].map((text) => new Secret(text));
    const results = await Promise.allSettled(
      passwords.map((password) => initTestRepository({ storage, password })),
    );
    const made = results.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(made).toHaveLength(1);
    for (const password of passwords) {
      const opening = openRepository(testRepositoryOptions({ storage, password }));
      const { config } = await opening.catch(() => ({ config: made[0]?.config }));
      expect(config).toEqual(made[0]?.config);
    }
    const winner = passwords[results.findIndex(({ status }) => status === "fulfilled")];
    await openRepository(testRepositoryOptions({ storage, password: winner ?? new Secret("") }));
  }
});

test("a key of another master key is passed over, and a damaged config is told as that", async () => {
  const one = await initTestRepository();
  const other = await initTestRepository();
  for await (const { id } of other.storedFiles.list("key")) {
    await one.storage.put(`keys/${id}`, await other.storage.get(`keys/${id}`, 10_000));
  }
  const opened = await openRepository(testRepositoryOptions({ storage: one.storage }));
  expect(opened.config).toEqual(one.config);
  await one.storage.put("config", Buffer.alloc(200, 1));
  await expect(openRepository(testRepositoryOptions({ storage: one.storage }))).rejects.toThrow(
    /config is damaged/,
  );
});

test("passwords are added, listed, removed and changed through the open repository", async () => {
  const { storage, keys } = await initTestRepository();
  const second = new Secret("second");
  const added = await keys.add(second);
  expect((await collect(keys.list())).map(({ id }) => id).sort()).toEqual(
    [keys.currentId, added].sort(),
  );
  await expect(keys.remove(keys.currentId)).rejects.toEqual(has("policy-refused"));
  const before = keys.currentId;
  const changed = await keys.changePassword(new Secret("changed"));
  expect(changed).toBe(keys.currentId);
  expect(changed).not.toBe(before);
  await keys.remove(added);
  const password = new Secret("changed");
  const opened = await openRepository(testRepositoryOptions({ storage, password }));
  expect(opened.keys.currentId).toBe(changed);
  for (const gone of [second, testRepositoryOptions().password]) {
    const opening = openRepository(testRepositoryOptions({ storage, password: gone }));
    await expect(opening).rejects.toEqual(has("wrong-password"));
  }
});

test("locks of two clients of one repository exclude each other", async () => {
  const { storage, lock } = await initTestRepository();
  const other = await openRepository(testRepositoryOptions({ storage }));
  {
    await using _held = await lock();
    await expect(other.lock({ exclusive: true })).rejects.toEqual(has("repository-locked"));
  }
  await using held = await other.lock({ exclusive: true });
  expect(held.exclusive).toBe(true);
});

test("nothing is saved into a repository of version 1, which cannot hold it", async () => {
  const { masterKey, config, storage } = await initTestRepository();
  const old = composeRepository(
    testRepositoryOptions({ storage }),
    { id: "0".repeat(64), masterKey },
    { ...config, version: 1 },
  );
  const index = await old.loadIndex();
  expect(() => old.createSaver(index)).toThrow(has("not-supported"));
});
