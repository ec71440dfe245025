import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  checkInstanceRepository,
  createSnapshotBackup,
  deleteBackup,
  initHome,
  openApp,
  selectBackup,
} from "../../../lib/app/index.ts";
import { testApp } from "../../helpers/app.ts";

test("a snapshot that nobody deleted is missing, and told once; one that another machine deleted is not", async () => {
  await using world = await testApp({ variables: { CLAWBACK_PASSWORD: "correct horse" } });
  const { app, user } = world;
  const storage = join(app.settings.home, "storage");
  const taken: string[] = [];
  for (let i = 0; i < 3; i++) taken.push((await createSnapshotBackup(app, {})).id);
  const [deleted = "", lost = ""] = taken;
  expect(await checkInstanceRepository(app)).toMatchObject({ ok: true, notices: [] });

  const flags = { home: user.join("elsewhere") };
  const { environment } = app;
  {
    await using fresh = await openApp({ environment, flags });
    await initHome(fresh, { instance: "tester", path: storage });
  }
  await using other = await openApp({ environment, flags });
  const { backup } = await selectBackup(other, deleted, { withSnapshots: true });
  await deleteBackup(other, backup);
  expect(await checkInstanceRepository(app)).toMatchObject({ ok: true, notices: [] });

  const folder = join(storage, "tester/repository/snapshots");
  for (const name of readdirSync(folder)) if (name === lost) rmSync(join(folder, name));
  const { ok, findings } = await checkInstanceRepository(app);
  expect(ok).toBe(false);
  expect(findings).toMatchObject([{ code: "snapshot-missing", id: lost }]);
  expect(await checkInstanceRepository(app)).toMatchObject({ ok: true });
}, 30_000);
