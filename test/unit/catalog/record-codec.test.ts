import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeBackupRecord,
  encodeBackupRecord,
  MAX_RECORD_BYTES,
} from "../../../lib/catalog/index.ts";
import { idAt, recordOf, utf8 } from "./stored.ts";

const ID = idAt("2026-11-21T03:00:00Z");
const record = recordOf(ID, {
  name: "before the update",
  tags: ["nightly", "ünïcode"],
  omissions: { locked: 1, unreadable: 20 },
});
const decode = (value: unknown) => decodeBackupRecord(utf8(JSON.stringify(value)));

test("a record reads back as it was written", () => {
  expect(decodeBackupRecord(encodeBackupRecord(record))).toEqual(record);
});

test("a record is text that a person can read, and a program without us", () => {
  const text = new TextDecoder().decode(encodeBackupRecord(record));
  expect(text).toMatch(/^\{\n {2}"formatVersion": 1,\n[\s\S]*\}\n$/);
  expect(JSON.parse(text)).toEqual(record);
});

test("fields and minor versions of later programs are passed over", () => {
  const later = {
    ...record,
    formatVersion: 1.2,
    mood: "good",
    scope: { ...record.scope, plan: "x" },
    archive: { ...record.archive, md5: "x" },
  };
  expect(decode(later)).toEqual(record);
});

test.each([2, 2.5, 7, 1e30])("format %d is from a newer Clawback", (formatVersion) => {
  expect(() => decode({ formatVersion })).toThrow(
    expect.objectContaining({ code: "version-too-new", hint: "update Clawback" }),
  );
});

test.each<[string, unknown]>([
  ["null", null],
  ["a list", [record]],
  ["a text", "record"],
  ["nothing", {}],
  ["no id", { ...record, id: undefined }],
  ["an id that climbs", { ...record, id: "../../x" }],
  ["an id of no time", { ...record, id: "20261399T030000Z-aaaaaa" }],
  ["an instance that climbs", { ...record, instance: ".." }],
  [
    "an archive name that climbs",
    { ...record, archive: { ...record.archive, name: "../../other/archive.tar.gz" } },
  ],
  ["an archive name with a slash", { ...record, archive: { ...record.archive, name: "a/b" } }],
  ["an archive name of dots", { ...record, archive: { ...record.archive, name: ".." } }],
  ["a short hash", { ...record, archive: { ...record.archive, sha256: "abc" } }],
  ["an upper case hash", { ...record, archive: { ...record.archive, sha256: "A".repeat(64) } }],
  ["a negative size", { ...record, archive: { ...record.archive, sizeBytes: -1 } }],
  ["a fractional size", { ...record, archive: { ...record.archive, sizeBytes: 1.5 } }],
  ["a size beyond counting", { ...record, bytes: 2 ** 60 }],
  ["a size in words", { ...record, bytes: "many" }],
  ["another kind", { ...record, kind: "snapshot" }],
  ["another encryption", { ...record, encryption: "rot13" }],
  ["a time that is none", { ...record, createdAt: "yesterday" }],
  ["a time with an offset", { ...record, createdAt: "2026-11-21T03:00:00+01:00" }],
  ["a name of 2,000 characters", { ...record, name: "x".repeat(2000) }],
  ["a thousand and one tags", { ...record, tags: Array.from({ length: 1001 }, () => "x") }],
  ["tags that are no texts", { ...record, tags: [{}] }],
  ["a version of 0", { ...record, formatVersion: 0 }],
  ["a version in words", { ...record, formatVersion: "1" }],
])("a record with %s is damaged", (_, value) => {
  expect(() => decode(value)).toThrow(expect.objectContaining({ code: "data-corrupt" }));
});

test.each<[string, Uint8Array]>([
  ["no bytes", new Uint8Array()],
  ["half of it", encodeBackupRecord(record).subarray(0, 300)],
  ["bytes that are not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
  ["deep nesting", utf8("[".repeat(100_000))],
])("%s is no record", (_, bytes) => {
  expect(() => decodeBackupRecord(bytes, "backup x: backup.json")).toThrow(
    expect.objectContaining({
      code: "data-corrupt",
      message: expect.stringMatching(/^backup x: backup\.json is damaged: /),
    }),
  );
});

test("a record larger than any is not looked at", () => {
  expect(() => decodeBackupRecord(new Uint8Array(MAX_RECORD_BYTES + 1))).toThrow(
    expect.objectContaining({ code: "limit-exceeded" }),
  );
});

test("a record that would not be read back is not written", () => {
  const extra = { ...record, extra: 1 } as never;
  for (const wrong of [recordOf("no-id"), { ...record, bytes: Number.NaN }, extra]) {
    expect(() => encodeBackupRecord(wrong)).toThrow(expect.objectContaining({ code: "internal" }));
  }
  expect(() => encodeBackupRecord({ ...record, name: "lone \ud800" })).not.toThrow();
});

test("every flipped bit gives a record or a BackupError, and quickly", () => {
  const bytes = encodeBackupRecord(record);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(7), (index, bit) => {
      const flipped = Uint8Array.from(bytes);
      flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
      try {
        decodeBackupRecord(flipped);
      } catch (error) {
        expect(error).toMatchObject({ name: "BackupError" });
      }
    }),
    { numRuns: 500 },
  );
});
