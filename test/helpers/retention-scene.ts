import { type AppContext, createBackup, createSnapshotBackup } from "../../lib/app/index.ts";
import { DAY_MS } from "../../lib/base/index.ts";
import type { ObjectStorage } from "../../lib/storage/index.ts";
import { type TestApp, testApp } from "./app.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";

export interface RetentionScene extends AsyncDisposable {
  readonly app: AppContext;
  readonly clock: FakeClock;
  readonly world: TestApp;
  /** The same application with its storages wrapped. */
  withStorage(wrap: (storage: ObjectStorage) => ObjectStorage): AppContext;
}

/** An installation of which one archive and one snapshot a day were made, `days` times, the last of them just now. */
export async function retentionScene(
  days: number,
  kinds: readonly ("archive" | "snapshot")[] = ["archive", "snapshot"],
): Promise<RetentionScene> {
  const clock = fakeClock(new Date("2026-11-21T03:00:00Z"));
  const variables = { CLAWBACK_PASSWORD: "correct horse" };
  const world = await testApp({ files: 2, clock, variables });
  const { app } = world;
  for (let day = 0; day < days; day++) {
    if (day > 0) clock.advance(DAY_MS);
    if (kinds.includes("archive")) await createBackup(app, { name: `a${day}` });
    if (kinds.includes("snapshot")) await createSnapshotBackup(app, { name: `s${day}` });
  }
  return {
    app,
    clock,
    world,
    withStorage: (wrap) => {
      const { storages } = app;
      const open: typeof storages.open = async (id) => {
        const place = await storages.open(id);
        return { ...place, storage: wrap(place.storage) };
      };
      const openAll: typeof storages.openAll = async () => ({
        opened: [await open("local")],
        problems: [],
      });
      // A repository that was opened before would not go through the wrapped storage.
      const opened = { caches: new Map(), repositories: new Map() };
      return { ...app, opened, storages: { ...storages, open, openAll } };
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
