import { readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listDirectory } from "../../../lib/filesystem/index.ts";
import {
  addStorage,
  createHome,
  defaultInstanceName,
  loadSettings,
  saveSettings,
} from "../../../lib/settings/index.ts";
import { MINIMAL, testHome } from "./homes.ts";

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test("init makes a private home with a directory storage", async () => {
  await using fixture = await testHome();
  const made = await createHome(fixture.home, { instance: "box" });
  expect(made.created).toBe(true);
  expect(await modeOf(fixture.home)).toBe(0o700);
  expect(await modeOf(join(fixture.home, "settings.json"))).toBe(0o600);
  const { settings, warnings } = await loadSettings(fixture);
  expect(settings).toMatchObject({ isConfigured: true, instance: "box", defaultStorage: "local" });
  expect(settings.storages).toEqual([
    { id: "local", type: "directory", path: join(fixture.home, "storage"), plaintext: false },
  ]);
  expect(warnings).toEqual([]);
});

test("init changes nothing in a home that is there already", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", { ...MINIMAL, instance: "first" });
  const before = await readFile(join(fixture.home, "settings.json"));
  const again = await createHome(fixture.home, { instance: "second" });
  expect(again).toMatchObject({ created: false, settings: { instance: "first" } });
  expect(await readFile(join(fixture.home, "settings.json"))).toEqual(before);
});

test("of two inits at once one makes the home and both agree on it", async () => {
  await using fixture = await testHome();
  const made = await Promise.all(
    ["a", "b", "c"].map((instance) => createHome(fixture.home, { instance })),
  );
  expect(made.filter((one) => one.created).length).toBe(1);
  expect(new Set(made.map((one) => one.settings.instance)).size).toBe(1);
  expect(listDirectory(fixture.home)).toEqual(["settings.json"]);
});

test.each(["/proc/no/such", "/dev/null/home"])("a home at %s cannot be made", async (home) => {
  await expect(createHome(home, { instance: "box" })).rejects.toMatchObject({
    code: "home-unusable",
    message: expect.stringContaining(`home "${home}" cannot be used`),
    hint: expect.stringContaining("CLAWBACK_HOME"),
  });
});

test("a home that cannot be written does not keep settings from being read", async () => {
  await using fixture = await testHome({ CLAWBACK_HOME: "/proc/no/such" });
  expect((await loadSettings(fixture)).settings.isConfigured).toBe(false);
});

test.each(["all", "a/b", ""])("the instance %j is refused", async (instance) => {
  await using fixture = await testHome();
  await expect(createHome(fixture.home, { instance })).rejects.toMatchObject({
    code: "invalid-argument",
  });
  expect(listDirectory(fixture.home)).toBeUndefined();
});

test("a change is written whole, with mode 0600, and leaves nothing else behind", async () => {
  await using fixture = await testHome();
  await createHome(fixture.home, { instance: "box" });
  const after = await saveSettings(fixture.home, (file) => ({ ...file, compressionLevel: 5 }));
  expect(after.compressionLevel).toBe(5);
  expect((await loadSettings(fixture)).settings.compressionLevel).toBe(5);
  expect(await modeOf(join(fixture.home, "settings.json"))).toBe(0o600);
  expect(listDirectory(fixture.home)).toEqual(["settings.json"]);
});

test("twelve changes at once all arrive", async () => {
  await using fixture = await testHome();
  await createHome(fixture.home, { instance: "box" });
  const ids = Array.from({ length: 12 }, (_, index) => `s${index}`);
  const path = "/srv/backups";
  await Promise.all(
    ids.map((id) =>
      saveSettings(fixture.home, (file) => addStorage(file, { id, type: "directory", path })),
    ),
  );
  const { settings } = await loadSettings(fixture);
  expect(settings.storages.map((storage) => storage.id).toSorted()).toEqual(
    ["local", ...ids].toSorted(),
  );
});

test("a change that fails or makes no sense leaves the file as it was", async () => {
  await using fixture = await testHome();
  await createHome(fixture.home, { instance: "box" });
  const before = await readFile(join(fixture.home, "settings.json"), "utf8");
  const fails = () => {
    throw new Error("changed my mind");
  };
  await expect(saveSettings(fixture.home, fails)).rejects.toThrow("changed my mind");
  await expect(
    saveSettings(fixture.home, (file) => ({ ...file, compressionLevel: 99 })),
  ).rejects.toMatchObject({ code: "invalid-settings" });
  expect(await readFile(join(fixture.home, "settings.json"), "utf8")).toBe(before);
  expect(listDirectory(fixture.home)).toEqual(["settings.json"]);
});

test("settings that are broken are not replaced by a change", async () => {
  await using fixture = await testHome();
  await fixture.write("settings.json", "{");
  await expect(saveSettings(fixture.home, (file) => file)).rejects.toMatchObject({
    code: "invalid-settings",
  });
  expect(await readFile(join(fixture.home, "settings.json"), "utf8")).toBe("{");
});

test("what killed commands left in the home goes with a later change, what may be in use stays", async () => {
  await using fixture = await testHome();
  await createHome(fixture.home, { instance: "box" });
  const old = `.clawback-${"0".repeat(16)}.tmp`;
  const fresh = `.clawback-${"1".repeat(16)}.tmp`;
  const other = ".clawback-notes.tmp";
  for (const name of [old, fresh, other]) await fixture.write(name, "x");
  const longAgo = new Date("2020-01-01");
  for (const name of [old, other]) await utimes(join(fixture.home, name), longAgo, longAgo);
  await saveSettings(fixture.home, (file) => file);
  expect(listDirectory(fixture.home)).toEqual([fresh, other, "settings.json"]);
});

test("without a home there is nothing to change, and init is named", async () => {
  await using fixture = await testHome();
  await expect(saveSettings(fixture.home, (file) => file)).rejects.toMatchObject({
    code: "not-configured",
    hint: expect.stringContaining("clawback init"),
  });
  expect(listDirectory(fixture.home)).toBeUndefined();
});

test.each([
  ["my-host", "my-host"],
  ["my-host.example.com", "my-host"],
  ["ip-10-0-0-1.eu-central-1.compute.internal", "ip-10-0-0-1"],
  ["Ümläut", "ml-ut"],
  ["_x_", "x"],
  ["a b\u0000c", "a-b-c"],
  ["", "openclaw"],
  ["...", "openclaw"],
  ["日本", "openclaw"],
  ["all", "all-host"],
  ["x".repeat(80), "x".repeat(64)],
])("host %j proposes the instance %j", (hostName, expected) => {
  expect(defaultInstanceName(hostName)).toBe(expected);
});
