import { describe, expect, test } from "vitest";
import { resolveCredentials } from "../../../lib/aws/index.ts";
import { Secret } from "../../../lib/base/index.ts";

describe("resolving credentials", () => {
  test("gives stored keys as they are, and shows them nowhere else", async () => {
    const options = {
      accessKeyId: "AKIAEXAMPLE",
      secretAccessKey: new Secret("very-secret"),
      sessionToken: new Secret("token"),
    };
    expect(JSON.stringify(options)).not.toContain("very-secret");
    const source = await resolveCredentials(options);
    expect(await source()).toEqual({
      accessKeyId: "AKIAEXAMPLE",
      secretAccessKey: "very-secret",
      sessionToken: "token",
    });
  });

  test.each([
    [{ accessKeyId: "AKIAEXAMPLE" }, "the secret access key is missing"],
    [{ secretAccessKey: new Secret("x") }, "the access key id is missing"],
  ])("refuses half a key pair", async (options, message) => {
    await expect(resolveCredentials(options)).rejects.toMatchObject({
      code: "invalid-settings",
      message,
      hint: expect.any(String),
    });
  });

  test("asks nobody before the first request", async () => {
    const chain = await resolveCredentials({});
    const profile = await resolveCredentials({ profile: "no-such-profile-of-clawback" });
    expect(chain).toBeTypeOf("function");
    await expect(profile()).rejects.toThrow("no-such-profile-of-clawback");
  });
});
