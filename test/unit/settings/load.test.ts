import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Secret } from "../../../lib/base/index.ts";
import { pathExists } from "../../../lib/filesystem/index.ts";
import {
  getStorageSettings,
  loadSettings,
  openSecretStore,
  readEnvironment,
  storageSecretName,
} from "../../../lib/settings/index.ts";
import { MINIMAL, testHome } from "./homes.ts";

const S3 = { id: "s3", type: "s3", bucket: "backups" };

test("without a home the defaults stand, and nothing is written", async () => {
  await using fixture = await testHome();
  const { settings, warnings } = await loadSettings(fixture);
  expect(settings).toMatchObject({
    home: fixture.home,
    isConfigured: false,
    instance: "test-host",
    storages: [],
    compressionLevel: 1,
    recipients: [],
    installation: { extraPaths: [] },
    exclude: { excluded_folders: ["node_modules", "__pycache__", ".venv"] },
  });
  expect(settings.defaultStorage).toBeUndefined();
  expect(settings.password).toBeUndefined();
  expect(warnings).toEqual([]);
  expect(pathExists(fixture.home)).toBe(false);
});

test("flags stand above the environment, the environment above the file, the file above defaults", async () => {
  const file = {
    ...MINIMAL,
    instance: "of-file",
    storages: [S3],
    defaultStorage: "s3",
    compressionLevel: 3,
  };
  await using fixture = await testHome();
  await fixture.write("settings.json", {
    ...file,
    installation: { stateDir: "~/state", profile: "f" },
  });
  const { settings: fromFile } = await loadSettings(fixture);
  expect(fromFile).toMatchObject({
    instance: "of-file",
    defaultStorage: "s3",
    compressionLevel: 3,
  });
  expect(fromFile.installation).toMatchObject({
    stateDir: fixture.dir.join("state"),
    profile: "f",
  });

  const variables = {
    ...{ CLAWBACK_INSTANCE: "of-env", CLAWBACK_STORAGE: "other", CLAWBACK_COMPRESSION_LEVEL: "7" },
  };
  const environment = { ...fixture.environment, variables };
  const { settings: fromVariables } = await loadSettings({ environment });
  expect(fromVariables).toMatchObject({
    instance: "of-env",
    defaultStorage: "other",
    compressionLevel: 7,
  });

  const flags = { instance: "of-flag", stateDir: "/flag/state", profile: "g" };
  const { settings: fromFlags } = await loadSettings({ environment, flags });
  expect(fromFlags.instance).toBe("of-flag");
  expect(fromFlags.installation).toMatchObject({ stateDir: "/flag/state", profile: "g" });
});

test("the home is that of the flag, of CLAWBACK_HOME, or ~/.clawback", async () => {
  await using fixture = await testHome();
  const { environment } = fixture;
  const homeOf = async (variable: string | undefined, flag?: string) => {
    const variables = { ...environment.variables, CLAWBACK_HOME: variable };
    const options = { environment: { ...environment, variables }, flags: { home: flag } };
    return (await loadSettings(options)).settings.home;
  };
  expect(await homeOf(undefined)).toBe(fixture.home);
  expect(await homeOf("")).toBe(fixture.home);
  expect(await homeOf(fixture.dir.join("b"))).toBe(fixture.dir.join("b"));
  expect(await homeOf("~/c")).toBe(fixture.dir.join("c"));
  expect(await homeOf(fixture.dir.join("b"), fixture.dir.join("d"))).toBe(fixture.dir.join("d"));
});

test("to ask for all instances is no change of this one's name", async () => {
  await using fixture = await testHome();
  const { settings } = await loadSettings({ ...fixture, flags: { instance: "all" } });
  expect(settings.instance).toBe("test-host");
});

test("flags of commands that stand beside the settings' own are not looked at", async () => {
  await using fixture = await testHome();
  const flags = { json: true, storage: "x", limit: 5, home: undefined, instance: 7 };
  const { settings } = await loadSettings({ ...fixture, flags });
  expect(settings.instance).toBe("test-host");
});

test("storages come out whole, with defaults filled and ~ expanded", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", {
    ...MINIMAL,
    storages: [
      { id: "d", type: "directory", path: "~/kept" },
      { ...S3, kmsKey: "alias/x", bandwidth: "2M", plaintext: true },
      { ...S3, id: "plain" },
    ],
  });
  const { settings } = await loadSettings(fixture);
  expect(settings.storages).toEqual([
    { id: "d", type: "directory", path: fixture.dir.join("kept"), plaintext: false },
    {
      ...S3,
      prefix: "",
      sse: "kms",
      kmsKey: "alias/x",
      bandwidthBytesPerSecond: 2 * 1024 ** 2,
      plaintext: true,
    },
    { ...S3, id: "plain", prefix: "", sse: "none", plaintext: false },
  ]);
});

test("settings are frozen to the bottom", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", { ...MINIMAL, storages: [S3] });
  const { settings } = await loadSettings(fixture);
  for (const part of [
    settings,
    settings.storages,
    settings.storages[0],
    settings.exclude,
    settings.exclude.include,
    settings.environment,
  ]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test("a stored key is decrypted, and shown nowhere", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", { ...MINIMAL, storages: [{ ...S3, accessKeyId: "AKIA" }] });
  const store = openSecretStore({ home: fixture.home, environment: {} });
  await store.saveSecret(storageSecretName("s3"), new Secret("top secret"));
  const { settings, warnings } = await loadSettings(fixture);
  const storage = getStorageSettings(settings);
  expect(storage.type === "s3" && storage.secretAccessKey?.reveal()).toBe("top secret");
  expect(JSON.stringify(settings)).not.toContain("top secret");
  expect(warnings).toEqual([]);
});

test("a stored key that cannot be read stops only its own storage", async () => {
  await using fixture = await testHome({ CLAWBACK_ENCRYPTION_KEY: "0".repeat(64) });
  await fixture.write("settings.json", {
    ...MINIMAL,
    storages: [
      { id: "local", type: "directory", path: "/srv/b" },
      { ...S3, accessKeyId: "AKIA" },
      { ...S3, id: "none", accessKeyId: "AKIA" },
    ],
    defaultStorage: "local",
  });
  const store = openSecretStore({ home: fixture.home, environment: {} });
  await store.saveSecret(storageSecretName("s3"), new Secret("x"));
  const { settings } = await loadSettings(fixture);
  expect(getStorageSettings(settings).id).toBe("local");
  expect(() => getStorageSettings(settings, "s3")).toThrow(
    expect.objectContaining({ code: "wrong-password" }),
  );
  expect(() => getStorageSettings(settings, "none")).toThrow(
    expect.objectContaining({ code: "not-configured" }),
  );
});

test.each<[string, Record<string, string>, string]>([
  ["CLAWBACK_INSTANCE", { CLAWBACK_INSTANCE: "../x" }, "instance name"],
  ["CLAWBACK_INSTANCE", { CLAWBACK_INSTANCE: "all" }, "stands for every instance"],
  [
    "CLAWBACK_COMPRESSION_LEVEL",
    { CLAWBACK_COMPRESSION_LEVEL: "10" },
    '"10", expected a number from 0 to 9',
  ],
  ["CLAWBACK_COMPRESSION_LEVEL", { CLAWBACK_COMPRESSION_LEVEL: "-1" }, "expected a number"],
])("a wrong %s is refused", async (_, variables, message) => {
  await using fixture = await testHome(variables);
  await expect(loadSettings(fixture)).rejects.toMatchObject({
    code: "invalid-argument",
    message: expect.stringContaining(message),
  });
});

test("a misspelt variable of ours is told, with the one it may have been", async () => {
  await using fixture = await testHome({
    CLAWBACK_PASSWROD: "x",
    CLAWBACK_TEST_CACHE: "/c",
    OTHER: "y",
  });
  const { warnings } = await loadSettings(fixture);
  expect(warnings).toEqual([
    'environment variable "CLAWBACK_PASSWROD" is not known and has no effect; did you mean CLAWBACK_PASSWORD?',
  ]);
});

test("files that other users could read are told and left as they are", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", MINIMAL);
  await fixture.write("exclude.json", {});
  await fixture.write("secret.key", "x");
  await chmod(fixture.home, 0o755);
  await chmod(join(fixture.home, "settings.json"), 0o640);
  await chmod(join(fixture.home, "exclude.json"), 0o644);
  await chmod(join(fixture.home, "secret.key"), 0o604);
  const { warnings } = await loadSettings(fixture);
  expect(warnings.map((warning) => warning.replace(fixture.home, ""))).toEqual([
    '"" is open to other users of this machine (mode 755): chmod 700 it',
    '"/settings.json" is open to other users of this machine (mode 640): chmod 600 it',
    '"/secret.key" is open to other users of this machine (mode 604): chmod 600 it',
  ]);
});

test("a home that is a file is unusable, and a settings file that is a directory too", async () => {
  await using fixture = await testHome();
  await writeFile(fixture.home, "");
  await expect(loadSettings(fixture)).rejects.toMatchObject({ code: "home-unusable" });
  await using other = await testHome();
  await other.write("settings.json/x", "").catch(() => undefined);
  const { mkdir } = await import("node:fs/promises");
  await mkdir(join(other.home, "settings.json"), { recursive: true });
  await expect(loadSettings(other)).rejects.toMatchObject({
    code: "home-unusable",
    hint: expect.stringContaining("CLAWBACK_HOME"),
  });
});

test("broken settings tell the file, the line and the column", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", '{\n  "version": 1,\n  "instance": box\n}');
  await expect(loadSettings(fixture)).rejects.toMatchObject({
    code: "invalid-settings",
    exitCode: 2,
    message: `settings file "${fixture.home}/settings.json" is not valid JSON: line 3, column 15: "b" is not expected here`,
  });
});

test("settings of a newer version are refused before anything of them is used", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", { version: 2, profile: [] });
  await expect(loadSettings(fixture)).rejects.toMatchObject({ code: "version-too-new" });
});

test("settings with a byte order mark are read", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", `\ufeff${JSON.stringify(MINIMAL)}`);
  expect((await loadSettings(fixture)).settings.instance).toBe("box");
});

test("an endless settings file is not read to its end", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", " ".repeat(1024 * 1024 + 1));
  await expect(loadSettings(fixture)).rejects.toMatchObject({ code: "limit-exceeded" });
});

test("the password is fetched unless the caller needs none", async () => {
  await using fixture = await testHome({ CLAWBACK_PASSWORD_COMMAND: "false" });
  await expect(loadSettings(fixture)).rejects.toMatchObject({ code: "invalid-argument" });
  const { settings } = await loadSettings({ ...fixture, withPassword: false });
  expect(settings.password).toBeUndefined();
});

test("the process's environment is copied and frozen", () => {
  const environment = readEnvironment();
  expect(environment.variables.PATH).toBe(process.env.PATH);
  expect(Object.isFrozen(environment.variables)).toBe(true);
  expect(environment).toMatchObject({ platform: process.platform, cwd: process.cwd() });
  expect(environment.nodeVersion).toBe(process.version);
});
