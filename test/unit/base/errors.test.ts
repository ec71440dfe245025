import { expect, test } from "vitest";
import {
  assertNotCancelled,
  BackupError,
  ERROR_CODES,
  isBackupError,
  systemCode,
  toBackupError,
} from "../../../lib/base/index.ts";

test("corruption is never retried", () => {
  const retried = Object.values(ERROR_CODES).filter(
    (facts) => facts.category === "integrity" && facts.retryable,
  );
  expect(retried).toEqual([]);
});

test("every code has a real exit code and HTTP status", () => {
  for (const [code, facts] of Object.entries(ERROR_CODES)) {
    expect([1, 2, 10, 11, 12, 130], code).toContain(facts.exitCode);
    expect(facts.httpStatus, code).toBeGreaterThanOrEqual(400);
    expect(facts.httpStatus, code).toBeLessThan(600);
  }
});

test("usage errors alone end with 2, and those of use always do", () => {
  const wrong = Object.values(ERROR_CODES).filter(
    (facts) => (facts.category === "usage") !== (facts.exitCode === 2),
  );
  expect(wrong).toEqual([]);
});

test("an error takes category, exit code and retry from the table", () => {
  const error = new BackupError("repository-locked", "locked");
  expect(error).toMatchObject({ category: "busy", exitCode: 11, isRetryable: true });
});

test("an error keeps its cause, and has none when none was given", () => {
  const cause = new Error("below");
  expect(new BackupError("internal", "x", { cause }).cause).toBe(cause);
  expect("cause" in new BackupError("internal", "x")).toBe(false);
});

test("an error is recognised by its codes", () => {
  const error: unknown = new BackupError("no-space", "full");
  expect(isBackupError(error)).toBe(true);
  expect(isBackupError(error, "no-space", "cancelled")).toBe(true);
  expect(isBackupError(error, "cancelled")).toBe(false);
  expect(isBackupError(new Error("no-space"), "no-space")).toBe(false);
  expect(isBackupError(null)).toBe(false);
});

test.each([
  [new BackupError("no-space", "full"), "no-space", "full"],
  [new DOMException("stop", "AbortError"), "cancelled", "interrupted"],
  [new TypeError("x is not a function"), "internal", "x is not a function"],
  ["thrown text", "internal", "thrown text"],
  [undefined, "internal", "undefined"],
  [null, "internal", "null"],
  [42, "internal", "42"],
  [Symbol("odd"), "internal", "Symbol(odd)"],
  [Object.create(null), "internal", "[Object: null prototype] {}"],
])("whatever was thrown becomes a BackupError (%#)", (thrown, code, message) => {
  expect(toBackupError(thrown)).toMatchObject({ code, message });
});

test("an abort whose reason was a BackupError gives that one", () => {
  const reason = new BackupError("storage-timeout", "too slow");
  const abort = Object.assign(new Error("aborted"), { name: "AbortError", cause: reason });
  expect(toBackupError(abort)).toBe(reason);
});

test("a cancelled operation says so, with the reason it was given", () => {
  expect(() => assertNotCancelled(undefined)).not.toThrow();
  expect(() => assertNotCancelled(new AbortController().signal)).not.toThrow();
  expect(() => assertNotCancelled(AbortSignal.abort())).toThrow(
    expect.objectContaining({ code: "cancelled" }),
  );
  const reason = new BackupError("storage-timeout", "too slow");
  expect(() => assertNotCancelled(AbortSignal.abort(reason))).toThrow(reason);
});

test.each([
  [Object.assign(new Error("x"), { code: "ENOENT" }), "ENOENT"],
  [Object.assign(new Error("x"), { code: 5 }), undefined],
  [new Error("x"), undefined],
  [{ code: "EACCES" }, "EACCES"],
  ["ENOENT", undefined],
  [null, undefined],
])("the system's code of a failure is found (%#)", (error, expected) => {
  expect(systemCode(error)).toBe(expected);
});
