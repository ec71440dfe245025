import { expect, test } from "vitest";
import {
  addStorage,
  getStorageSettings,
  removeStorage,
  type Settings,
  type SettingsFile,
  setDefaultStorage,
} from "../../../lib/settings/index.ts";

const entry = (id: string) => ({ id, type: "directory" as const, path: `/srv/${id}` });
const file = (ids: string[], defaultStorage?: string): SettingsFile => ({
  version: 1,
  instance: "box",
  storages: ids.map(entry),
  ...(defaultStorage === undefined ? {} : { defaultStorage }),
});
const settings = (ids: string[], defaultStorage?: string) =>
  ({ ...file(ids), defaultStorage }) as unknown as Settings;

test("the first storage becomes the default, the next does not", () => {
  expect(addStorage(file([]), entry("a"))).toEqual(file(["a"], "a"));
  expect(addStorage(file(["a"], "a"), entry("b"))).toEqual(file(["a", "b"], "a"));
});

test("an id that is taken is refused", () => {
  expect(() => addStorage(file(["a"], "a"), entry("a"))).toThrow(
    expect.objectContaining({ code: "invalid-argument" }),
  );
});

test.each<[string, object, string]>([
  [
    "a prefix that climbs",
    { prefix: "a/../b" },
    'storage "s" is not usable: prefix: expected no . or ..',
  ],
  ["no bucket", { bucket: undefined }, 'storage "s" is not usable: bucket: it is missing'],
  ["a field too many", { buckett: "x" }, 'storage "s" is not usable: field "buckett" is not known'],
])("a storage with %s is refused before it is added", (_, changes, message) => {
  const s3 = { id: "s", type: "s3", bucket: "b", ...changes } as never;
  expect(() => addStorage(file([]), s3)).toThrow(
    expect.objectContaining({
      code: "invalid-argument",
      message: expect.stringContaining(message),
    }),
  );
});

test.each<[SettingsFile, string, SettingsFile]>([
  [file(["a", "b", "c"], "a"), "b", file(["a", "c"], "a")],
  [file(["a", "b"], "a"), "a", file(["b"], "b")],
  [file(["a", "b", "c"], "a"), "a", file(["b", "c"])],
  [file(["a"], "a"), "a", file([])],
])(
  "removing a storage keeps a default where one is left without doubt (%#)",
  (before, id, after) => {
    expect(removeStorage(before, id)).toEqual(after);
  },
);

test("an unknown storage is answered with those there are, and the nearest", () => {
  for (const change of [removeStorage, setDefaultStorage]) {
    expect(() => change(file(["offsite", "local"], "local"), "ofsite")).toThrow(
      expect.objectContaining({
        code: "invalid-argument",
        message: 'storage "ofsite" is not configured (there is: offsite, local)',
        hint: 'did you mean "offsite"?',
      }),
    );
  }
});

test("another default can be set", () => {
  expect(setDefaultStorage(file(["a", "b"], "a"), "b")).toEqual(file(["a", "b"], "b"));
});

test("the storage to use is the one asked for, the default, or the only one", () => {
  expect(getStorageSettings(settings(["a", "b"], "a"), "b").id).toBe("b");
  expect(getStorageSettings(settings(["a", "b"], "b")).id).toBe("b");
  expect(getStorageSettings(settings(["a"])).id).toBe("a");
});

test.each<[string, Settings, string | undefined, string]>([
  ["no storage", settings([]), undefined, "not-configured"],
  ["several and no default", settings(["a", "b"]), undefined, "not-configured"],
  ["an id that is not there", settings(["a"]), "z", "invalid-argument"],
  [
    "a default from the environment that is not there",
    settings(["a"], "z"),
    undefined,
    "invalid-argument",
  ],
])("with %s there is none to use", (_, given, id, code) => {
  expect(() => getStorageSettings(given, id)).toThrow(expect.objectContaining({ code }));
});
