import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { createSnapshotBackup, openApp, readStatus } from "../../../lib/app/index.ts";
import { Secret } from "../../../lib/base/index.ts";
import { testApp } from "../../helpers/app.ts";

test("status uses the configured password, and tells of one that cannot be had beside all else", async () => {
  await using world = await testApp();
  const { app, user } = world;
  const password = new Secret("correct horse");
  await createSnapshotBackup({ ...app, settings: { ...app.settings, password } }, {});
  const statusWith = async (environment: Record<string, string>) => {
    await rm(user.join(".clawback/cache"), { recursive: true, force: true });
    const flags = { home: app.settings.home };
    await using fresh = await openApp({ environment: app.environment, flags });
    return await readStatus({ ...fresh, settings: { ...fresh.settings, environment } });
  };
  const { storages, healthy } = await statusWith({ CLAWBACK_PASSWORD: "correct horse" });
  expect(storages).toMatchObject([{ id: "local", backups: 1 }]);
  expect(healthy).toBe(true);
  const broken = await statusWith({ CLAWBACK_PASSWORD_FILE: user.join("nothing") });
  expect(broken.problems[0]).toMatch(/^jobs will fail: CLAWBACK_PASSWORD_FILE: .* does not exist/);
  expect(broken.storages).toHaveLength(1);
});
