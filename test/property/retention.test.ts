import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  planRetention,
  type RetainedBackup,
  type RetentionPolicy,
} from "../../lib/retention/index.ts";
import { retained } from "../helpers/retained-backups.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 0, 1);

const anyPolicy: fc.Arbitrary<RetentionPolicy> = fc
  .record({
    last: fc.nat(5),
    hourly: fc.nat(10),
    daily: fc.nat(5),
    weekly: fc.nat(2),
    monthly: fc.nat(2),
    within: fc.constantFrom(undefined, "6h", "2d"),
  })
  .filter(
    ({ last, hourly, daily, weekly, monthly, within }) =>
      [last, hourly, daily, weekly, monthly].some((n) => n > 0) || within !== undefined,
  );

/** A backup every few hours, some of them partial, verified or held. */
const anyStep = fc.record({
  hours: fc.integer({ min: 1, max: 72 }),
  full: fc.boolean(),
  isVerified: fc.boolean(),
  policy: anyPolicy,
});

const ageMs = (backup: RetainedBackup, now: number) => now - new Date(backup.createdAt).getTime();

describe("retention, applied again and again", () => {
  it("never loses the newest, the newest verified, or the last restore point of 30 days", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 5, maxLength: 60 }), (steps) => {
        let now = START;
        let backups: RetainedBackup[] = [];
        let hadRestorePoint = false;
        for (const { hours, full, isVerified, policy } of steps) {
          now += hours * HOUR_MS;
          const at = new Date(now).toISOString();
          backups.push(retained(at, { full, verifiedAt: isVerified ? at : undefined }));
          const { keep, remove } = planRetention(
            backups,
            { snapshot: policy },
            { now: new Date(now) },
          );
          expect(keep.length + remove.length).toBe(backups.length);
          const kept = keep.map(({ backup }) => backup);
          const verified = backups.findLast((backup) => backup.verifiedAt !== undefined);
          expect(kept).toContain(backups.at(-1));
          if (verified !== undefined) expect(kept).toContain(verified);
          backups = backups.filter((backup) => kept.includes(backup));
          const points = backups.filter(
            (backup) => backup.scope.full && ageMs(backup, now) >= 30 * DAY_MS,
          );
          hadRestorePoint ||= points.length > 0;
          expect(points.length > 0).toBe(hadRestorePoint);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("keeps a restore point that is not much older than 30 days", () => {
    let backups: RetainedBackup[] = [];
    for (let now = START; now < START + 200 * DAY_MS; now += 6 * HOUR_MS) {
      backups.push(retained(new Date(now).toISOString()));
      const plan = planRetention(backups, { snapshot: { last: 2 } }, { now: new Date(now) });
      backups = backups.filter((backup) => plan.keep.some((one) => one.backup === backup));
      expect(backups.length).toBeLessThanOrEqual(4);
      const ages = backups.map((backup) => ageMs(backup, now) / DAY_MS).filter((age) => age >= 30);
      if (now > START + 61 * DAY_MS) expect(Math.min(...ages)).toBeLessThan(61);
    }
  });
});
