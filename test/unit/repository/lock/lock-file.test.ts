import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { isBackupError } from "../../../../lib/base/index.ts";
import { decodeLockFile, encodeLockFile } from "../../../../lib/repository/lock/lock-file.ts";

const LOCK = {
  time: new Date("2026-11-21T03:00:00.123Z"),
  exclusive: true,
  hostname: "höst",
  username: "claw",
  pid: 4242,
  uid: 1000,
  gid: 1000,
};

test("a lock file comes back, and leaves out the ids of root as restic does", () => {
  expect(decodeLockFile(encodeLockFile(LOCK))).toEqual(LOCK);
  expect(encodeLockFile({ ...LOCK, uid: 0, gid: 0 }).toString()).not.toContain('id":0');
});

test("Go's times with nanoseconds and zones are read", () => {
  const text = '{"time":"2026-11-21T04:00:00.123456789+01:00","exclusive":false,"new":1}';
  expect(decodeLockFile(Buffer.from(text)).time.getTime()).toBe(LOCK.time.getTime());
});

test("truncated, flipped and random lock files are refused or read, never more", () => {
  const good = encodeLockFile(LOCK);
  const attempt = (bytes: Uint8Array): void => {
    try {
      expect(Number.isNaN(decodeLockFile(bytes).time.getTime())).toBe(false);
    } catch (error) {
      expect(error).toSatisfy((each) => isBackupError(each, "data-corrupt"));
    }
  };
  for (let length = 0; length < good.length; length += 1) attempt(good.subarray(0, length));
  for (let bit = 0; bit < good.length * 8; bit += 1) {
    const damaged = Buffer.from(good);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    attempt(damaged);
  }
  for (let length = 0; length < 300; length += 1) attempt(randomBytes(length));
  for (const text of ["null", "{}", '{"time":5}', '{"time":"never"}']) attempt(Buffer.from(text));
});
