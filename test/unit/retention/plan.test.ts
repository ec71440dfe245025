import { describe, expect, test } from "vitest";
import {
  DEFAULT_POLICIES,
  planRetention,
  type RetainedBackup,
  type RetentionOptions,
  type RetentionPolicies,
  type RetentionPolicy,
} from "../../../lib/retention/index.ts";
import { retained, retainedEvery } from "../../helpers/retained-backups.ts";

const NOW = new Date("2026-11-21T12:00:00Z");

/** `id: reasons` of what is kept, then the ids of what is removed; ids without the year. */
function golden(
  backups: readonly RetainedBackup[],
  snapshot: RetentionPolicy,
  options: Partial<RetentionOptions> = {},
): [string[], string[]] {
  const plan = planRetention(backups, { snapshot }, { now: NOW, ...options });
  const short = (id: string) => id.replace(/^2026-|:00:00Z$|:00:00.000Z$/g, "");
  return [
    plan.keep.map(({ backup, reasons }) => `${short(backup.id)}: ${reasons.join(", ")}`),
    plan.remove.map(({ backup }) => short(backup.id)),
  ];
}

describe("the rules of a policy", () => {
  const list = [
    ...["2026-11-21T11:00:00Z", "2026-11-21T10:00:00Z", "2026-11-20T22:00:00Z"],
    ...["2026-11-20T21:00:00Z", "2026-11-16T10:00:00Z", "2026-11-15T10:00:00Z"],
    ...["2026-10-31T10:00:00Z", "2026-10-30T10:00:00Z", "2026-09-01T10:00:00Z"],
    ...["2025-12-31T10:00:00Z"],
  ].map((time) => retained(time));

  test("the last ones", () => {
    expect(golden(list, { last: 3 })[0]).toEqual([
      "11-21T11: last, newest",
      "11-21T10: last",
      "11-20T22: last",
      "10-30T10: next restore point of 30 days",
      "09-01T10: restore point at least 30 days old",
    ]);
  });

  test("daily keeps the newest of each day", () => {
    expect(golden(list, { daily: 3, within: "1d" })).toEqual([
      [
        "11-21T11: daily, within 1d, newest",
        "11-21T10: within 1d",
        "11-20T22: daily, within 1d",
        "11-20T21: within 1d",
        "11-16T10: daily",
        "10-30T10: next restore point of 30 days",
        "09-01T10: restore point at least 30 days old",
      ],
      ["11-15T10", "10-31T10", "2025-12-31T10"],
    ]);
  });

  test("weeks begin on Monday, and a rule that has not found its number keeps the oldest", () => {
    expect(golden(list, { weekly: 20 })).toEqual([
      [
        "11-21T11: weekly, newest",
        "11-15T10: weekly",
        "10-31T10: weekly",
        "09-01T10: weekly",
        "2025-12-31T10: weekly",
      ],
      ["11-21T10", "11-20T22", "11-20T21", "11-16T10", "10-30T10"],
    ]);
    const twoOfAWeek = [retained("2026-11-18T10:00:00Z"), retained("2026-11-17T10:00:00Z")];
    expect(golden(twoOfAWeek, { weekly: 2 })[0]).toEqual([
      "11-18T10: weekly, newest",
      "11-17T10: oldest weekly, next restore point of 30 days",
    ]);
  });

  test("monthly and yearly", () => {
    expect(golden(list, { monthly: 3, yearly: "all" })).toEqual([
      [
        "11-21T11: monthly, yearly, newest",
        "10-31T10: monthly",
        "09-01T10: monthly",
        "2025-12-31T10: yearly",
      ],
      ["11-21T10", "11-20T22", "11-20T21", "11-16T10", "11-15T10", "10-30T10"],
    ]);
  });

  test("spans count from the newest backup, not from now", () => {
    const old = retainedEvery(24, 5, "2026-10-01T00:00:00Z");
    const [kept, removed] = golden(old, { within: "2d", withinMonthly: "1m" });
    expect(kept).toEqual([
      "10-01T00: within 2d, monthly within 1m, newest",
      "09-30T00: within 2d, monthly within 1m",
      "09-27T00: oldest monthly within 1m",
    ]);
    expect(removed).toEqual(["09-29T00", "09-28T00"]);
  });

  test("tags, and hours and days of another time zone", () => {
    const backups = [
      retained("2026-11-21T00:30:00Z"),
      retained("2026-11-20T23:30:00Z"),
      retained("2026-11-20T22:30:00Z"),
      retained("2026-11-20T20:30:00Z", { tags: ["before-update"] }),
      retained("2026-10-01T20:30:00Z"),
    ];
    const policy = { daily: 1, tags: ["before-update"], yearly: 2 };
    const kept = (timeZone: string) =>
      golden(backups, policy, { timeZone })[0].map((line) => line.replace(/:30:00Z/, ""));
    expect(kept("UTC")).toEqual([
      "11-21T00: daily, yearly, newest",
      "11-20T20: tag before-update",
      "10-01T20: oldest yearly",
    ]);
    expect(golden(backups, { daily: 2 }, { timeZone: "Europe/Berlin" })[0][1]).toContain(
      "11-20T22",
    );
    expect(golden(backups, { daily: 2 }, { timeZone: "UTC" })[0][1]).toContain("11-20T23");
  });
});

describe("the default", () => {
  test("keeps two days of hours, a month of days, eight weeks and a year of months", () => {
    const hourly = retainedEvery(1, 24 * 400, "2026-11-21T11:00:00Z");
    const { keep } = planRetention(hourly, DEFAULT_POLICIES, { now: NOW });
    expect(keep).toHaveLength(48 + 27 + 3 + 10);
    const reasons = Map.groupBy(
      keep.flatMap((one) => one.reasons),
      (reason) => reason,
    );
    expect([...reasons].map(([reason, all]) => `${reason} ${all.length}`)).toEqual([
      ...["hourly 48", "daily 30", "weekly 8", "monthly 12", "newest 1"],
    ]);
  });

  test("keeps the last five archives and all within 35 days, and never touches OpenClaw's own", () => {
    const weekly = retainedEvery(168, 20, "2026-11-21T11:00:00Z").map((backup) => ({
      ...backup,
      kind: "archive" as const,
    }));
    const native = { ...retained("2020-01-01T00:00:00Z"), kind: "native" as const };
    const { keep, remove } = planRetention([...weekly, native], DEFAULT_POLICIES, { now: NOW });
    expect(keep).toHaveLength(7);
    expect(keep[5]?.reasons).toEqual(["restore point at least 30 days old"]);
    expect(keep.at(-1)).toEqual({ backup: native, reasons: ["no policy for its kind"] });
    expect(remove[0]?.reasons).toEqual(["no rule keeps it: 5 last, within 35d"]);
  });
});

describe("what no policy may remove", () => {
  const days = retainedEvery(24, 40, "2026-11-21T11:00:00Z");
  const at = (index: number, facts: Partial<RetainedBackup>) =>
    days.map((backup, i) => (i === index ? { ...backup, ...facts } : backup));
  const reasonsOf = (backups: RetainedBackup[], id: string | undefined, policy = { last: 1 }) =>
    planRetention(backups, { snapshot: policy }, { now: NOW }).keep.find(
      ({ backup }) => backup.id === id,
    )?.reasons;

  test("held ones, and the newest verified", () => {
    expect(reasonsOf(at(7, { held: true }), days[7]?.id)).toEqual(["held"]);
    const verified = at(7, { verifiedAt: "2026-11-21T00:00:00Z" });
    expect(reasonsOf(verified, days[7]?.id)).toEqual(["newest verified"]);
  });

  test("the newest, when only tags are kept", () => {
    const { keep } = planRetention(days, { snapshot: { tags: ["x"] } }, { now: NOW });
    expect(keep.map(({ backup }) => days.indexOf(backup))).toEqual(
      [0, 30, 29].sort((a, b) => a - b),
    );
  });

  test("the newest whole one of 30 days or more, and the one that will follow it", () => {
    expect(golden(days, { last: 1 })[0]).toEqual([
      "11-21T11: last, newest",
      "10-23T11: next restore point of 30 days",
      "10-22T11: restore point at least 30 days old",
    ]);
    expect(golden(days, { last: 1, withinYearly: "1y" })[0]).toEqual([
      "11-21T11: last, yearly within 1y, newest",
      "10-13T11: oldest yearly within 1y",
    ]);
  });

  test("partial and degraded ones never push a whole one out", () => {
    const partial = retainedEvery(1, 100, "2026-11-21T11:30:00Z").map((backup, i) => ({
      ...backup,
      ...(i % 2 === 0 ? { degraded: true } : { scope: { ...backup.scope, full: false } }),
    }));
    const { keep } = planRetention([...partial, ...days], { snapshot: { last: 5 } }, { now: NOW });
    const kept = keep.map(({ backup }) => backup);
    expect(kept.filter((backup) => days.includes(backup))).toHaveLength(7);
    expect(kept.filter((backup) => !days.includes(backup))).toHaveLength(5);
  });

  test("instances, storages and kinds do not count for one another", () => {
    const others = [{ instance: "b" }, { storage: "s3" }, { kind: "archive" as const }, {}];
    const all = others.flatMap((facts) => days.map((backup) => ({ ...backup, ...facts })));
    const policies = { snapshot: { last: 2 }, archive: { last: 2 } };
    expect(planRetention(all, policies, { now: NOW }).keep).toHaveLength(4 * 4);
  });

  test("those of the future are kept, told, and count for no rule", () => {
    const future = retainedEvery(1, 10, "2027-01-01T00:00:00Z");
    const plan = planRetention([...future, ...days], { snapshot: { last: 3 } }, { now: NOW });
    expect(plan.keep.filter(({ reasons }) => reasons[0] === "dated in the future")).toHaveLength(
      10,
    );
    expect(plan.keep.filter(({ reasons }) => reasons.includes("last"))).toHaveLength(3);
    expect(plan.warnings).toHaveLength(10);
    expect(plan.warnings[0]).toMatchObject({ code: "future-backup", id: future[0]?.id });
  });

  test("one whose time cannot be read", () => {
    const { keep } = planRetention(
      [retained("soon"), ...days],
      { snapshot: { last: 1 } },
      { now: NOW },
    );
    expect(keep.some(({ backup }) => backup.id === "soon")).toBe(true);
  });
});

describe("an abnormal change", () => {
  const days = retainedEvery(24, 40, "2026-11-21T11:00:00Z");
  const plan = (
    facts: Partial<RetainedBackup>,
    options: Partial<RetentionOptions> = {},
    index = 0,
  ) =>
    planRetention(
      days.map((backup, i) => (i <= index ? { ...backup, ...facts } : backup)),
      { snapshot: { last: 3 } },
      { now: NOW, ...options },
    );

  test.each<[Partial<RetainedBackup>, string]>([
    [{ sizeBytes: 200e6 }, "holds 200 MB, usual were 540 MB"],
    [{ sizeBytes: 1200e6 }, "holds 1.20 GB, usual were 540 MB"],
    [{ files: 9000 }, "holds 9,000 files, usual were 22,000 files"],
    [{ storedBytes: 300e6 }, "stored 300 MB of new data, usual were 10.0 MB"],
  ])("of %j keeps everything and says why", (facts, message) => {
    const { keep, remove, warnings } = plan(facts);
    expect(remove).toEqual([]);
    expect(keep.at(-1)?.reasons[0]).toContain(`removal is suspended: backup ${days[0]?.id}`);
    expect(warnings).toMatchObject([{ code: "abnormal-change", id: days[0]?.id }]);
    expect(warnings[0]?.message).toContain(message);
  });

  test.each<[Partial<RetainedBackup>]>([
    [{ sizeBytes: 300e6 }],
    [{ sizeBytes: 1000e6 }],
    [{ files: 12_000 }],
    [{ storedBytes: 250e6 }],
  ])("is none when it is %j", (facts) => {
    expect(plan(facts).warnings).toEqual([]);
  });

  test("counts for a week after it happened, or until somebody accepts it", () => {
    const isSuspended = (index: number, options: Partial<RetentionOptions> = {}) =>
      plan({ sizeBytes: 200e6 }, options, index).warnings.length > 0;
    expect(isSuspended(6)).toBe(true);
    expect(isSuspended(3)).toBe(true);
    expect(isSuspended(13)).toBe(false);
    expect(isSuspended(3, { changesAcceptedAt: NOW })).toBe(false);
    expect(isSuspended(3, { changesAcceptedAt: new Date("2026-11-20T12:00:00Z") })).toBe(true);
  });

  test("needs some backups to compare with, and ignores small installations", () => {
    const few = retainedEvery(24, 3, "2026-11-21T11:00:00Z");
    const shrunk = few.map((backup, i) => (i === 0 ? { ...backup, sizeBytes: 1 } : backup));
    expect(planRetention(shrunk, { snapshot: { last: 1 } }, { now: NOW }).warnings).toEqual([]);
    const small = days.map((backup, i) => ({
      ...backup,
      files: 10,
      sizeBytes: i === 0 ? 5e6 : 1e6,
    }));
    expect(planRetention(small, { snapshot: { last: 1 } }, { now: NOW }).warnings).toEqual([]);
  });
});

describe("a policy", () => {
  test.each<[RetentionPolicies, string]>([
    [{}, "there is no retention policy"],
    [{ snapshot: undefined }, "there is no retention policy"],
    [{ snapshot: {} }, "the retention policy of snapshots is empty"],
    [{ snapshot: { last: 0, tags: [] } }, "the retention policy of snapshots is empty"],
    [{ snapshot: { last: 1 }, archive: { daily: 0 } }, "the retention policy of archives is empty"],
  ])("%j is refused", (policies, message) => {
    expect(() => planRetention([], policies, { now: NOW })).toThrow(
      expect.objectContaining({ code: "policy-refused", message }),
    );
  });

  test.each<[RetentionPolicy]>([
    [{ last: -1 }],
    [{ last: 1.5 }],
    [{ daily: Number.NaN }],
    [{ within: "35" }],
    [{ within: "" }],
    [{ within: "0d" }],
    [{ withinDaily: "1d1y" }],
  ])("%j is not understood", (snapshot) => {
    expect(() => planRetention([], { snapshot }, { now: NOW })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  test("needs a time zone that exists", () => {
    const options = { now: NOW, timeZone: "Mars/Olympus" };
    expect(() => planRetention([], DEFAULT_POLICIES, options)).toThrow("Mars/Olympus");
  });
});
