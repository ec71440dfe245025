import { expect, test } from "vitest";
import { BackupError } from "../../../lib/base/index.ts";
import type { BrokenBackup } from "../../../lib/catalog/archives.ts";
import type { Backup } from "../../../lib/catalog/index.ts";
import { assertBackupNames } from "../../../lib/catalog/index.ts";
import { selectBackup } from "../../../lib/catalog/select.ts";
import { idAt } from "./stored.ts";

const now = new Date("2026-11-21T12:00:00.000Z");
const FULL = { full: true, classes: [], onlyConfig: false, includeWorkspace: true };

function backup(id: string, changes: Partial<Backup> = {}): Backup {
  const [, y, mo, d, h, mi, s] = /^(....)(..)(..)T(..)(..)(..)/.exec(id) ?? [];
  const createdAt = `${y}-${mo}-${d}T${h}:${mi}:${s}.000Z`;
  return {
    id,
    name: null,
    scope: FULL,
    degraded: false,
    storage: "a",
    createdAt,
    ...changes,
  } as Backup;
}

const B5 = backup(idAt("2026-11-21T11:55:00Z", "f"), { degraded: true, name: "after" });
const B4 = backup(idAt("2026-11-21T11:00:00Z", "e"), { scope: { ...FULL, full: false } });
const B3 = backup(idAt("2026-11-21T03:00:00Z", "d"), { name: "nightly" });
const B2 = backup(idAt("2026-11-20T03:00:00Z", "c"), { name: "nightly" });
const B1 = backup(idAt("2026-11-19T03:00:00Z", "b"), { name: "before the update" });
const NATIVE = backup("2026-11-18T08-36-45.918+00-00-openclaw-backup", {
  kind: "native",
  scope: { ...FULL, full: false },
  createdAt: "2026-11-18T08:36:45.918Z",
});
const backups = [B5, B4, B3, B2, B1, NATIVE];
const BROKEN_ID = idAt("2026-11-21T09:00:00Z", "x");
const broken: BrokenBackup[] = [
  {
    ...{ id: BROKEN_ID, instance: "box", storage: "a" },
    error: new BackupError("data-missing", "its archive is missing"),
  },
];
const select = (selector: string, given = { backups, broken }) =>
  selectBackup(selector, given, now);

test.each<[string, Backup | undefined]>([
  ["latest", B3],
  ["latest~0", B3],
  ["latest~1", B2],
  ["latest~2", B1],
  ["latest~3", undefined],
  ["latest~999999999", undefined],
  [B5.id, B5],
  [B4.id, B4],
  [NATIVE.id, NATIVE],
  ["20261119", B1],
  [B3.id.slice(0, -1), B3],
  ["2026-11-18T08", NATIVE],
  ["before the update", B1],
  ["after", B5],
  ["5 minutes ago", B3],
  ["1 hour ago", B3],
  ["9 hours ago", B3],
  ["541 minutes ago", B2],
  ["2026-11-21T03:00:00Z", B3],
  ["2026-11-21T02:59:59Z", B2],
  ["2026-11-20T03:00:00.000+00:00", B2],
  ["2 days ago", B1],
  ["3 days ago", undefined],
  ["now", B3],
  ["202", undefined],
  ["Latest", undefined],
  ["latest~", undefined],
  ["latest~-1", undefined],
  ["latest~x", undefined],
  ["ffffff", undefined],
  ["Nightly", undefined],
  ["before", undefined],
  ["../20261119", undefined],
  ["*", undefined],
])("%j selects as it should", (selector, expected) => {
  expect(select(selector)).toBe(expected);
});

test("a start that fits several is refused with all of them", () => {
  expect(() => select("20261121T")).toThrow(
    expect.objectContaining({
      code: "ambiguous-id",
      details: { ids: [B5.id, B4.id, B3.id, BROKEN_ID] },
      message: expect.stringContaining(`${B5.id}, ${B4.id}, ${B3.id}, ${BROKEN_ID}`),
    }),
  );
});

test("a name that fits several is refused with all of them", () => {
  expect(() => select("nightly")).toThrow(
    expect.objectContaining({ code: "ambiguous-id", details: { ids: [B3.id, B2.id] } }),
  );
});

test("hundreds that fit are not all written out", () => {
  const many = Array.from({ length: 300 }, (_, n) =>
    backup(idAt("2026-11-21T03:00:00Z").slice(0, -3) + String(n).padStart(3, "0")),
  );
  expect(() => select("20261121", { backups: many, broken: [] })).toThrow("and 280 more");
});

test("a broken backup is answered with the reason, by its id and by its start", () => {
  for (const selector of [BROKEN_ID, "20261121T0900"]) {
    expect(() => select(selector)).toThrow(broken[0]?.error);
  }
});

test("a backup that is broken in one storage is taken from another", () => {
  const sound = backup(BROKEN_ID, { storage: "b" });
  expect(select(BROKEN_ID, { backups: [sound], broken })).toBe(sound);
});

test("a backup in two storages is one backup, taken from the first", () => {
  const first = backup(B3.id, { storage: "a", name: "twin" });
  const second = backup(B3.id, { storage: "b", name: "twin" });
  const given = { backups: [first, second, B2], broken: [] };
  for (const selector of ["latest", "twin", B3.id, "20261121", "now"]) {
    expect(select(selector, given)).toBe(first);
  }
  expect(select("latest~1", given)).toBe(B2);
});

test("an id stands above a name, and a name above a time", () => {
  const imitator = backup(idAt("2026-11-01T00:00:00Z"), { name: B3.id });
  const yesterday = backup(idAt("2026-11-02T00:00:00Z"), { name: "yesterday" });
  const given = { backups: [B3, yesterday, imitator], broken: [] };
  expect(select(B3.id, given)).toBe(B3);
  expect(select("yesterday", given)).toBe(yesterday);
});

test.each(["", "x".repeat(1025)])("an unusable selector is refused", (selector) => {
  expect(() => select(selector)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
});

test.each(["nightly", "before the update", "ünïcode 🦞", "yesterday", "a/b", "x".repeat(200)])(
  "%j may name a backup",
  (name) => {
    expect(() => assertBackupNames(name, [name])).not.toThrow();
  },
);

test.each([
  "",
  "  ",
  "latest",
  "latest~3",
  B3.id,
  "two\nlines",
  "\u001b[2J",
  "x\ud800",
  "x".repeat(201),
])("%j may not name a backup", (name) => {
  expect(() => assertBackupNames(name)).toThrow(
    expect.objectContaining({
      code: "invalid-argument",
      message: expect.stringMatching(/^name "/),
    }),
  );
});

test("tags are held to the same rules, and to a hundred", () => {
  expect(() => assertBackupNames(null, ["ok", "not\nok"])).toThrow('tag "not\\nok" is not usable');
  expect(() =>
    assertBackupNames(
      null,
      Array.from({ length: 101 }, () => "x"),
    ),
  ).toThrow("101 tags");
  expect(() => assertBackupNames(null, ["latest"])).not.toThrow();
});

test("a snapshot and its copy in another storage are one backup, a repaired one beside the damaged one is another", () => {
  const source = backup(idAt("2026-11-21T03:00:00Z", "s"), { name: "mine" });
  const copy = { ...source, id: "c".repeat(64), original: source.id, storage: "b" };
  const repaired = { ...copy, id: "d".repeat(64), storage: "a" };
  const older = backup(idAt("2026-11-20T03:00:00Z", "o"));
  const given = { backups: [source, copy, older], broken: [] };
  expect(select("mine", given)).toBe(source);
  expect(select("latest~1", given)).toBe(older);
  expect(select(copy.id, given)).toBe(copy);
  expect(select(source.id, { ...given, backups: [copy, older] })).toBe(copy);
  const both = { ...given, backups: [source, repaired, older] };
  expect(select("latest~1", both)).toBe(repaired);
  expect(() => select("mine", both)).toThrow("fits 2 backups");
});
