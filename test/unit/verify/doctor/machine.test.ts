import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import {
  DAY_MS,
  GIB,
  HOUR_MS,
  MIB,
  MINUTE_MS,
  SECOND_MS,
  systemClock,
} from "../../../../lib/base/index.ts";
import { readServiceTime, type StorageFeatures } from "../../../../lib/storage/index.ts";
import {
  judgeBackups,
  judgeClock,
  judgeFeatures,
  judgeNode,
  judgeOpenClaw,
  judgeProtection,
  judgeSchedule,
  judgeSpace,
  judgeUploads,
} from "../../../../lib/verify/index.ts";

describe("the clock", () => {
  test.each([
    [2 * SECOND_MS, "ok", /agrees/],
    [-2 * SECOND_MS, "ok", /agrees/],
    [5 * MINUTE_MS, "warning", /5 min ahead of storage s3's/],
    [-5 * MINUTE_MS, "warning", /5 min behind/],
    [HOUR_MS, "problem", /1 h ahead of .* refuses/],
    [undefined, "note", /compared with nothing/],
  ])("%s ms off is %s", (aheadMs, severity, message) => {
    const found = judgeClock(aheadMs, "storage s3");
    expect(found).toMatchObject({ code: "clock", severity });
    expect(found.message).toMatch(message);
    expect(found.fix !== undefined).toBe(severity === "warning" || severity === "problem");
  });

  test("is compared with the date of any answer, also of a refusal", async () => {
    const told = new Date(systemClock.now().getTime() - HOUR_MS);
    const server = createServer((_, answer) => {
      answer.writeHead(403, { date: told.toUTCString() }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}`;
    try {
      const aheadMs = await readServiceTime({ endpoint }, { clock: systemClock });
      expect(Math.abs((aheadMs ?? 0) - HOUR_MS)).toBeLessThan(MINUTE_MS);
    } finally {
      server.close();
    }
    expect(await readServiceTime({ endpoint }, { clock: systemClock })).toBeUndefined();
  });
});

test.each([
  ["v24.16.0", "ok"],
  ["24.21.1", "ok"],
  ["26.1.0", "ok"],
  ["27.0.0", "ok"],
  ["24.15.9", "problem"],
  ["25.3.0", "problem"],
  ["22.20.0", "problem"],
])("Node %s is %s", (version, severity) => {
  expect(judgeNode(version)).toMatchObject({ severity });
});

test("an OpenClaw that changed since the newest backup is noted", () => {
  expect(judgeOpenClaw({ installed: "2.0", backedUp: "1.0" })).toMatchObject({
    severity: "note",
    message: "OpenClaw 2.0 is installed, and the newest backup was made with 1.0",
  });
  expect(judgeOpenClaw({ installed: "2.0", backedUp: "unknown" })).toMatchObject({
    severity: "ok",
  });
  expect(judgeOpenClaw({ installed: undefined, backedUp: "1.0" })).toMatchObject({
    severity: "note",
  });
});

test("space is wanted for the largest database, and for a restore", () => {
  const place = "/tmp";
  const judge = (availableBytes: number) =>
    judgeSpace({
      place,
      availableBytes,
      largestDatabaseBytes: GIB,
      restore: { place, availableBytes, neededBytes: 4 * GIB },
    }).map(({ code, severity }) => `${code} ${severity}`);
  expect(judge(8 * GIB)).toEqual(["space-for-copies ok", "space-for-restore ok"]);
  expect(judge(2 * GIB)).toEqual(["space-for-copies ok", "space-for-restore warning"]);
  expect(judge(GIB + MIB)).toEqual(["space-for-copies problem", "space-for-restore warning"]);
});

test("backups are judged by their age, and each problem has a fix", () => {
  const well = { newestAgeMs: HOUR_MS, verifiedAgeMs: DAY_MS, staleness: [] };
  expect(judgeBackups(well)).toEqual([
    { code: "last-backup", severity: "ok", message: "made 1 h ago" },
    { code: "last-verified-backup", severity: "ok", message: "made 1 d ago" },
  ]);
  const staleness = [
    "no backup for 3 d (more than 2 d)",
    "no backup of the last 10 d was verified",
    "job verify failed at noon",
  ];
  const ill = judgeBackups({ newestAgeMs: 3 * DAY_MS, verifiedAgeMs: 10 * DAY_MS, staleness });
  expect(ill.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
    "last-backup problem",
    "last-verified-backup problem",
    "last-run problem",
  ]);
  expect(ill.every(({ fix }) => fix?.startsWith("clawback "))).toBe(true);
  expect(judgeBackups({ newestAgeMs: HOUR_MS, staleness: [] })).toMatchObject([
    { severity: "ok" },
    { code: "last-verified-backup", severity: "warning" },
  ]);
});

test("a storage's lacks are told with what can be done there", () => {
  const features: StorageFeatures = {
    ...{ conditionalCreate: true, versioning: false, objectLock: false },
    ...{ serverSideEncryption: "kms", equalParts: false },
  };
  const judge = (facts: { readonly versioning?: boolean | undefined }, hasVersions = true) =>
    judgeFeatures({
      id: "s3",
      isDirectory: false,
      features: { ...features, ...facts },
      hasVersions,
    });
  expect(judge({ versioning: true })).toMatchObject({ severity: "ok" });
  expect(judge({ versioning: undefined })).toMatchObject({ severity: "note" });
  expect(judge({})).toMatchObject({ severity: "warning", fix: expect.stringContaining("setup") });
  expect(judge({}, false).fix).toContain("no versions");
  expect(judgeUploads("s3", 0)).toMatchObject({ severity: "ok" });
  expect(judgeUploads("s3", 2)).toMatchObject({ severity: "warning", fix: "clawback cleanup" });
  expect(judgeProtection("s3", [])).toMatchObject({ severity: "ok" });
  expect(judgeProtection("s3", ["may remove versions"]).message).toContain(
    "protection level none: may remove versions",
  );
});

test("a timer that fell silent is a problem, one that is there but never fired a note, and none at all a warning", () => {
  const hourly = { job: "snapshot", gapMs: HOUR_MS, isInstalled: true };
  const told = (...jobs: Parameters<typeof judgeSchedule>[0][number][]): string[] =>
    judgeSchedule(jobs).map(({ severity, message }) => `${severity}: ${message}`);
  expect(told({ ...hourly, isInstalled: false }, { job: "drill", isInstalled: false })).toEqual([
    "warning: no timer runs anything by itself",
  ]);
  expect(told(hourly)).toEqual(["note: job snapshot: its timer has not fired yet"]);
  expect(told({ ...hourly, firedAgoMs: 90 * MINUTE_MS })).toEqual([
    "ok: timers fire: snapshot 1 h 30 min ago",
  ]);
  // One's own timer counts, too.
  expect(told({ ...hourly, isInstalled: false, firedAgoMs: HOUR_MS })).toEqual([
    "ok: timers fire: snapshot 1 h ago",
  ]);
  expect(told({ ...hourly, firedAgoMs: DAY_MS })).toEqual([
    "problem: job snapshot: its timer has not fired for 1 d, and should every 1 h",
  ]);
});
