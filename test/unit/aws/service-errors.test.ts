import { describe, expect, test } from "vitest";
import { translateAwsError } from "../../../lib/aws/index.ts";
import { BackupError } from "../../../lib/base/index.ts";

const call = { subject: "s3://backups", now: new Date("2026-11-21T03:00:00Z") };
const named = (name: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });

describe("errors that every AWS service shares", () => {
  test("passes our own on", () => {
    const error = new BackupError("storage-full", "full");
    expect(translateAwsError(error, call)).toBe(error);
  });

  test.each([
    [
      "Could not load credentials from any providers",
      "give the storage an access key or a profile, or this machine a role",
    ],
    [
      "The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login.",
      "sign in again, for single sign-on with `aws sso login`",
    ],
  ])("no credentials: %s", (message, hint) => {
    const error = translateAwsError(named("CredentialsProviderError", message), call);
    expect(error).toMatchObject({ code: "storage-access-denied", hint });
    expect(error?.message).toMatch(/^no credentials for s3:\/\/backups: .*[^.]$/);
  });

  test("no region", () => {
    expect(translateAwsError(new Error("Region is missing"), call)).toMatchObject({
      code: "invalid-settings",
      hint: "give the storage a region, or set AWS_REGION",
    });
  });

  test("finds the reason inside a connection that failed at several addresses", () => {
    const refused = named("Error", "connect", { code: "ECONNREFUSED" });
    const error = translateAwsError(new AggregateError([refused, refused]), call);
    expect(error).toMatchObject({
      code: "storage-unavailable",
      message: "s3://backups cannot be reached: it refuses the connection (ECONNREFUSED)",
    });
  });

  test("a clock error without a server time still names this machine's", () => {
    const error = named("RequestTimeTooSkewed", "x", { $metadata: { httpStatusCode: 403 } });
    expect(translateAwsError(error, call)?.message).toBe(
      "s3://backups refuses this machine's clock: here it is 2026-11-21T03:00:00.000Z, there it differs by more than 15 minutes",
    );
  });

  test("keeps a hostile message from steering the terminal, and cuts it", () => {
    const message = `\u001b[2J${"x".repeat(500)}\nsecond line`;
    const error = translateAwsError(named("CredentialsProviderError", message), call);
    expect(error?.message).toContain("\\x1b[2J");
    expect(error?.message.length).toBeLessThan(260);
  });

  test("leaves what is particular to a service alone", () => {
    const error = named("NoSuchBucket", "x", { $metadata: { httpStatusCode: 404 } });
    expect(translateAwsError(error, call)).toBeUndefined();
  });

  test("an abort is a cancellation", () => {
    expect(translateAwsError(named("AbortError", "x"), call)?.code).toBe("cancelled");
  });
});
