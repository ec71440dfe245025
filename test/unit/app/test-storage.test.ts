import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import type { AppContext } from "../../../lib/app/index.ts";
import { testStorage } from "../../../lib/app/index.ts";
import { BackupError } from "../../../lib/base/index.ts";
import { testApp } from "../../helpers/app.ts";

const outcomes = async (app: AppContext): Promise<string[]> =>
  (await testStorage(app)).checks.map(({ check, outcome }) => `${check} ${outcome}`);

test("the six checks are made in order, each with its time", async () => {
  await using world = await testApp();
  const { ok, checks } = await testStorage(world.app);
  expect(ok).toBe(true);
  expect(checks.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual([
    "configuration ok",
    "storage ok",
    "kms-key unsupported",
    "create ok",
    "list ok",
    "restore ok",
  ]);
  expect(checks.every(({ durationMs }) => durationMs >= 0)).toBe(true);
  expect(checks.at(-1)?.detail).toMatch(/^2\d files and the database are the same$/);
});

test("a setting that a backup would fail by is told with its fix, and the rest is tried all the same", async () => {
  await using world = await testApp();
  const { app } = world;
  const environment = { CLAWBACK_PASSWORD_FILE: "/not/there" };
  const { ok, checks } = await testStorage({ ...app, settings: { ...app.settings, environment } });
  expect(ok).toBe(false);
  expect(checks[0]).toMatchObject({
    ...{ check: "configuration", outcome: "failed", code: "invalid-argument" },
    fix: "give the path of a readable file with the password",
  });
  expect(checks.at(-1)?.outcome).toBe("ok");
});

test("a broken exclude.json fails the first check, and the user's rules do not touch the sample", async () => {
  await using world = await testApp();
  const { app } = world;
  const exclude = { ...app.settings.exclude, excluded_extensions: ["md", "json"] };
  expect((await testStorage({ ...app, settings: { ...app.settings, exclude } })).ok).toBe(true);
  const excludeProblem = new BackupError("invalid-settings", "exclude.json is broken");
  const broken = { ...app, settings: { ...app.settings, exclude, excludeProblem } };
  expect(await outcomes(broken)).toContain("configuration failed");
});

test("a storage that is gone fails its check with what to do, and skips the rest", async () => {
  await using world = await testApp();
  await rm(world.user.join(".clawback/storage"), { recursive: true });
  const { ok, checks, location } = await testStorage(world.app);
  expect(ok).toBe(false);
  expect(location).toBe(world.user.join(".clawback/storage"));
  expect(checks.map(({ outcome }) => outcome)).toEqual([
    ...["ok", "failed", "skipped", "skipped", "skipped", "skipped"],
  ]);
  expect(checks[1]).toMatchObject({ code: "storage-not-found", fix: expect.any(String) });
});
