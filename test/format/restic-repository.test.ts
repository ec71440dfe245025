import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret, systemClock } from "../../lib/base/index.ts";
import { initRepository, openRepository, type Repository } from "../../lib/repository/index.ts";
import { addKey } from "../../lib/repository/key/index.ts";
import { openDirectoryStorage } from "../../lib/storage/index.ts";
import { collect } from "../helpers/chunks.ts";
import { describeWith } from "../helpers/parts.ts";
import { FAST_COST, testHolder } from "../helpers/repository.ts";
import { type ResticRepository, resticRepository } from "../helpers/restic.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

interface ResticKey {
  readonly current: boolean;
  readonly id: string;
  readonly userName: string;
  readonly hostName: string;
}

describeWith("restic", "a repository that restic shares", () => {
  let temp: TempDir;
  beforeAll(async () => {
    temp = await tempDir();
    writeFileSync(temp.join("file"), "some content");
  });
  afterAll(() => temp[Symbol.asyncDispose]());

  const named = (name: string): ResticRepository =>
    resticRepository(temp.join(name), temp.join("cache"));
  const openAs = async (restic: ResticRepository, password: string = restic.password) =>
    await openRepository({
      storage: await openDirectoryStorage({ path: restic.path }),
      password: new Secret(password),
      holder: testHolder(),
      cost: FAST_COST,
    });
  const idsOf = async (repository: Repository, kind: "index" | "snapshot" | "key") =>
    (await collect(repository.storedFiles.list(kind))).map(({ id }) => id);
  const passwordFile = (password: string): string => {
    const path = temp.join(`password-${password}`);
    writeFileSync(path, password);
    return path;
  };

  describe("made here", () => {
    let restic: ResticRepository;
    let ours: Repository;
    beforeAll(async () => {
      restic = named("ours");
      const storage = await openDirectoryStorage({ path: restic.path, create: true });
      const password = new Secret(restic.password);
      const holder = testHolder("our-host");
      ours = await initRepository({ storage, password, holder, cost: FAST_COST });
    });

    test("is opened by restic, which reads the same config", () => {
      const { version, id, chunkerPolynomial } = ours.config;
      expect(restic.json(["cat", "config"])).toEqual({
        version,
        id,
        chunker_polynomial: chunkerPolynomial.toString(16),
      });
    });

    test("has the master key and the key file that restic sees", () => {
      const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
      const { encrypt, macK, macR } = ours.masterKey;
      expect(restic.json(["cat", "masterkey"])).toEqual({
        mac: { k: base64(macK), r: base64(macR) },
        encrypt: base64(encrypt),
      });
      expect(restic.json<ResticKey[]>(["key", "list", "--json"])).toMatchObject([
        { current: true, userName: "tester", hostName: "our-host" },
      ]);
    });

    test("gives restic a key of the cost that users get", async () => {
      const { storage, masterKey } = ours;
      const id = await addKey(storage, masterKey, new Secret("full"), { clock: systemClock });
      const env = { RESTIC_PASSWORD: "full" };
      expect(restic.json(["cat", "key", id], { env })).toMatchObject({
        kdf: "scrypt",
        N: 32_768,
        r: 8,
      });
      await ours.keys.remove(id);
    });

    test.each([
      ["restic before 0.9", { N: 262_144, r: 1, p: 1 }],
      ["rustic", { N: 131_072, r: 8, p: 1 }],
    ])("derives the same key as restic at the cost that %s chose", async (_, cost) => {
      const { storage, masterKey } = ours;
      const password = new Secret("old");
      const id = await addKey(storage, masterKey, password, { clock: systemClock, cost });
      restic.run(["cat", "config"], { env: { RESTIC_PASSWORD: "old", RESTIC_KEY_HINT: id } });
      await ours.keys.remove(id);
    });

    test("is backed up into, checked and pruned by restic", async () => {
      restic.run(["backup", temp.join("file")]);
      restic.run(["check", "--read-data"]);
      restic.run(["forget", "--keep-last", "1", "--prune"]);
      const [snapshot = ""] = await idsOf(ours, "snapshot");
      const json = JSON.parse((await ours.storedFiles.load("snapshot", snapshot)).toString());
      expect(json).toEqual(restic.json(["cat", "snapshot", snapshot]));
    });

    test("gives restic the documents that are stored here", async () => {
      const id = await ours.storedFiles.save("index", Buffer.from('{"packs":[]}\n'));
      expect(restic.json(["cat", "index", id])).toEqual({ packs: [] });
      restic.run(["check"]);
      await ours.storedFiles.delete("index", id);
    });

    test("takes passwords from either side, and loses them on either side", async () => {
      const added = await ours.keys.add(new Secret("pass from here äöü"));
      const env = { RESTIC_PASSWORD: "pass from here äöü" };
      expect(restic.json<ResticKey[]>(["key", "list", "--json"], { env })).toContainEqual(
        expect.objectContaining({ current: true, id: added.slice(0, 8) }),
      );
      restic.run(["key", "add", "--new-password-file", passwordFile("from restic")]);
      const opened = await openAs(restic, "from restic");
      expect(opened.config).toEqual(ours.config);
      expect(await idsOf(ours, "key")).toHaveLength(3);
      restic.run(["key", "remove", added]);
      await expect(openAs(restic, "pass from here äöü")).rejects.toMatchObject({
        code: "wrong-password",
      });
      await opened.keys.changePassword(new Secret("changed here"));
      expect(() =>
        restic.run(["cat", "config"], { env: { RESTIC_PASSWORD: "from restic" } }),
      ).toThrow(/wrong password/);
      restic.run(["cat", "config"], { env: { RESTIC_PASSWORD: "changed here" } });
    });
  });

  describe.each([1, 2] as const)("made by restic in version %i", (version) => {
    let restic: ResticRepository;
    let repository: Repository;
    beforeAll(async () => {
      restic = named(`restic-${version}`);
      restic.run(["init", "--repository-version", String(version)]);
      restic.run(["key", "add", "--new-password-file", passwordFile("second")]);
      restic.run(["backup", temp.join("file")]);
      repository = await openAs(restic);
    });

    test("opens with either password, and not with a third", async () => {
      const second = await openAs(restic, "second");
      expect(repository.config.version).toBe(version);
      expect(second.config).toEqual(repository.config);
      expect(second.masterKey).toEqual(repository.masterKey);
      expect(second.keys.currentId).not.toBe(repository.keys.currentId);
      expect(restic.json<object>(["cat", "config"])).toMatchObject({
        version,
        chunker_polynomial: repository.config.chunkerPolynomial.toString(16),
      });
      await expect(openAs(restic, "third")).rejects.toMatchObject({ exitCode: 12 });
    });

    test("has its documents read as restic reads them", async () => {
      for (const kind of ["index", "snapshot"] as const) {
        const ids = await idsOf(repository, kind);
        expect(ids.length).toBeGreaterThan(0);
        for (const id of ids) {
          const json = await repository.storedFiles.load(kind, id);
          expect(JSON.parse(json.toString())).toEqual(restic.json(["cat", kind, id]));
        }
      }
    });

    test("takes documents in the encoding of its version", async () => {
      const id = await repository.storedFiles.save("index", Buffer.from('{"packs":[]}\n'));
      expect(restic.json(["cat", "index", id])).toEqual({ packs: [] });
      restic.run(["check"]);
    });

    test("is not initialised again", async () => {
      const before = readdirSync(join(restic.path, "keys"));
      const again = initRepository({
        storage: repository.storage,
        password: new Secret("new"),
        holder: testHolder(),
        cost: FAST_COST,
      });
      await expect(again).rejects.toMatchObject({ code: "repository-exists" });
      expect(readdirSync(join(restic.path, "keys"))).toEqual(before);
    });
  });
});
