import { expect, test } from "vitest";
import type { AppContext } from "../../../../lib/app/index.ts";
import { limitsOf } from "../../../../lib/app/schedule/health-limits.ts";
import { DAY_MS } from "../../../../lib/base/index.ts";
import type { Settings } from "../../../../lib/settings/index.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";

const days = (settings: Partial<Pick<Settings, "jobs" | "health">>): [number, number] => {
  const all = { instance: "box", jobs: {}, health: {}, ...settings };
  const app = { settings: all, clock: fakeClock() } as unknown as AppContext;
  const { backupWithinMs, verifiedWithinMs } = limitsOf(app);
  return [backupWithinMs / DAY_MS, verifiedWithinMs / DAY_MS];
};
const off = { at: "off" };

test.each<[string, Parameters<typeof days>[0], [number, number]]>([
  ["nothing configured", {}, [2, 9]],
  ["daily snapshots", { jobs: { snapshot: { at: "daily" } } }, [2, 9]],
  ["weekly archives alone", { jobs: { snapshot: off } }, [10.5, 12]],
  ["no backups by timer", { jobs: { snapshot: off, archive: off } }, [2, 9]],
  [
    "monthly archives and weekly verifying",
    { jobs: { snapshot: off, archive: { at: "monthly" }, verify: { at: "weekly" } } },
    [46.5, 57],
  ],
  [
    "limits of one's own",
    { jobs: { snapshot: off }, health: { backupWithin: "36h", verifiedWithin: "30d" } },
    [1.5, 30],
  ],
  ["a time that never comes", { jobs: { snapshot: { at: "0 3 30 2 *" }, archive: off } }, [2, 9]],
])("with %s, what counts as too old fits what can be expected", (_, settings, expected) => {
  expect(days(settings)).toEqual(expected);
});
