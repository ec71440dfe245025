import { randomBytes } from "node:crypto";
import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Secret } from "../../../lib/base/index.ts";
import { listDirectory } from "../../../lib/filesystem/index.ts";
import { openSecretStore } from "../../../lib/settings/index.ts";
import { type TestHome, testHome } from "./homes.ts";

const open = (fixture: TestHome, key?: string) =>
  openSecretStore({ home: fixture.home, environment: { CLAWBACK_ENCRYPTION_KEY: key } });
const readSecrets = async (fixture: TestHome) =>
  JSON.parse(await readFile(join(fixture.home, "secrets.json"), "utf8"));

test("a secret comes back as it was stored, and a key file is made for it", async () => {
  await using fixture = await testHome();
  await open(fixture).saveSecret("storage.s3.secret-access-key", new Secret("wJalr/é\n🔑"));
  expect(open(fixture).loadSecret("storage.s3.secret-access-key")?.reveal()).toBe("wJalr/é\n🔑");
  for (const name of ["secrets.json", "secret.key"]) {
    const path = join(fixture.home, name);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, "utf8")).not.toContain("wJalr");
  }
  expect(listDirectory(fixture.home)).toEqual(["secret.key", "secrets.json"]);
});

test.each([
  ["base64", (bytes: Buffer) => bytes.toString("base64")],
  ["base64url without padding", (bytes: Buffer) => bytes.toString("base64url")],
  ["hex", (bytes: Buffer) => bytes.toString("hex")],
  [
    "upper case hex with blanks around",
    (bytes: Buffer) => ` ${bytes.toString("hex").toUpperCase()}\n`,
  ],
])("a key from the environment in %s is used, and no key file made", async (_, format) => {
  await using fixture = await testHome();
  const bytes = randomBytes(32);
  await open(fixture, format(bytes)).saveSecret("token", new Secret("x"));
  expect(open(fixture, bytes.toString("hex")).loadSecret("token")?.reveal()).toBe("x");
  expect(listDirectory(fixture.home)).toEqual(["secrets.json"]);
});

test.each([
  "short",
  "0".repeat(63),
  "g".repeat(64),
  "A".repeat(42),
  "A".repeat(45),
  "0".repeat(128),
])("%j is no key", async (key) => {
  await using fixture = await testHome();
  await expect(open(fixture, key).saveSecret("token", new Secret("x"))).rejects.toMatchObject({
    code: "invalid-argument",
    message: expect.not.stringContaining(key),
    hint: expect.stringContaining("openssl rand"),
  });
});

test("what is not there is undefined, and removing it is no error", async () => {
  await using fixture = await testHome();
  expect(open(fixture).loadSecret("token")).toBeUndefined();
  await open(fixture).removeSecret("token");
  expect(listDirectory(fixture.home)).toBeUndefined();
});

test("a removed secret is gone, the others stay", async () => {
  await using fixture = await testHome();
  const store = open(fixture);
  await store.saveSecret("a", new Secret("1"));
  await store.saveSecret("b", new Secret("2"));
  await store.removeSecret("a");
  expect(store.loadSecret("a")).toBeUndefined();
  expect(store.loadSecret("b")?.reveal()).toBe("2");
});

test("secrets stored at the same time all arrive, under one key", async () => {
  await using fixture = await testHome();
  const names = Array.from({ length: 8 }, (_, index) => `token-${index}`);
  await Promise.all(names.map((name) => open(fixture).saveSecret(name, new Secret(name))));
  expect(names.map((name) => open(fixture).loadSecret(name)?.reveal())).toEqual(names);
});

test("the same secret is never encrypted to the same bytes twice", async () => {
  await using fixture = await testHome();
  await open(fixture).saveSecret("a", new Secret("same"));
  await open(fixture).saveSecret("b", new Secret("same"));
  const { secrets } = await readSecrets(fixture);
  expect(secrets.a.data).not.toBe(secrets.b.data);
});

test("another key is told apart from damage, and says what to do", async () => {
  await using fixture = await testHome();
  await open(fixture).saveSecret("token", new Secret("x"));
  expect(() => open(fixture, "0".repeat(64)).loadSecret("token")).toThrow(
    expect.objectContaining({
      code: "wrong-password",
      message:
        'secret "token" was encrypted under another key than that of CLAWBACK_ENCRYPTION_KEY',
      hint: expect.stringContaining("unset it"),
    }),
  );
});

test("a key file that is gone is told, and nothing is encrypted anew under another", async () => {
  await using fixture = await testHome();
  await open(fixture).saveSecret("token", new Secret("x"));
  await rm(join(fixture.home, "secret.key"));
  expect(() => open(fixture).loadSecret("token")).toThrow(
    expect.objectContaining({
      code: "not-configured",
      hint: expect.stringContaining("secret.key"),
    }),
  );
});

test("every flipped bit of a stored secret is noticed", async () => {
  await using fixture = await testHome();
  await open(fixture).saveSecret("token", new Secret("secret"));
  const file = await readSecrets(fixture);
  const data = Buffer.from(file.secrets.token.data, "base64");
  for (let index = 0; index < data.length; index++) {
    const flipped = Buffer.from(data);
    flipped[index] = (flipped[index] ?? 0) ^ 0x10;
    file.secrets.token.data = flipped.toString("base64");
    await fixture.write("secrets.json", file);
    expect(() => open(fixture).loadSecret("token")).toThrow(
      expect.objectContaining({ code: "data-corrupt" }),
    );
  }
});

test.each([0, 1, 12, 27, 28])("a secret cut to %i bytes is noticed", async (length) => {
  await using fixture = await testHome();
  await open(fixture).saveSecret("token", new Secret("secret"));
  const file = await readSecrets(fixture);
  const data = Buffer.from(file.secrets.token.data, "base64").subarray(0, length);
  file.secrets.token.data = data.toString("base64");
  await fixture.write("secrets.json", file);
  expect(() => open(fixture).loadSecret("token")).toThrow(
    expect.objectContaining({ code: "data-corrupt" }),
  );
});

test("a secret does not open under another's name", async () => {
  await using fixture = await testHome();
  await open(fixture).saveSecret("mine", new Secret("x"));
  const file = await readSecrets(fixture);
  file.secrets.yours = file.secrets.mine;
  await fixture.write("secrets.json", file);
  expect(() => open(fixture).loadSecret("yours")).toThrow(
    expect.objectContaining({ code: "data-corrupt" }),
  );
});

test.each<[string, string, string]>([
  ["no JSON", "{", "invalid-settings"],
  ["another shape", '{"version":1,"secrets":{"a":"x"}}', "invalid-settings"],
  ["a newer version", '{"version":2}', "version-too-new"],
  [
    "a name that is none",
    '{"version":1,"secrets":{"../a":{"key":"","data":""}}}',
    "invalid-settings",
  ],
  [
    "data that is not base64",
    '{"version":1,"secrets":{"a":{"key":"x","data":"?"}}}',
    "invalid-settings",
  ],
])("a secrets file with %s is refused and not replaced", async (_, body, code) => {
  await using fixture = await testHome();
  await fixture.write("secrets.json", body);
  expect(() => open(fixture).loadSecret("a")).toThrow(expect.objectContaining({ code }));
  await expect(open(fixture).saveSecret("a", new Secret("x"))).rejects.toMatchObject({ code });
  expect(await readFile(join(fixture.home, "secrets.json"), "utf8")).toBe(body);
});

test("a key file that holds no key is refused", async () => {
  await using fixture = await testHome();
  await fixture.write("secret.key", "not a key\n");
  await expect(open(fixture).saveSecret("a", new Secret("x"))).rejects.toMatchObject({
    code: "invalid-settings",
  });
});

test.each(["__proto__", "constructor", "toString"])(
  "%j names no secret by itself",
  async (name) => {
    await using fixture = await testHome();
    await open(fixture).saveSecret("a", new Secret("x"));
    expect(open(fixture).loadSecret(name)).toBeUndefined();
  },
);

test.each(["", "a/b", "__proto__", "a b", "x".repeat(129)])("%j may not name one", async (name) => {
  await using fixture = await testHome();
  await expect(open(fixture).saveSecret(name, new Secret("x"))).rejects.toMatchObject({
    code: "invalid-argument",
  });
});

test("text that UTF-8 cannot carry is refused, not stored as something else", async () => {
  await using fixture = await testHome();
  await expect(open(fixture).saveSecret("a", new Secret("x\ud800"))).rejects.toMatchObject({
    code: "invalid-argument",
  });
  expect(open(fixture).loadSecret("a")).toBeUndefined();
});

test("a loosened secrets file is private again after the next change", async () => {
  await using fixture = await testHome();
  await open(fixture).saveSecret("a", new Secret("x"));
  await chmod(join(fixture.home, "secrets.json"), 0o644);
  await open(fixture).saveSecret("b", new Secret("y"));
  expect((await stat(join(fixture.home, "secrets.json"))).mode & 0o777).toBe(0o600);
});

test("a home that is a file is unusable for secrets", async () => {
  await using fixture = await testHome();
  await writeFile(fixture.home, "");
  await expect(open(fixture).saveSecret("a", new Secret("x"))).rejects.toMatchObject({
    code: "home-unusable",
  });
});
