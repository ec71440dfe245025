import { afterAll, beforeAll, expect, test } from "vitest";
import { createKmsKey, keysIn, kmsMachine, refusingKms } from "../helpers/kms-machines.ts";
import { type Moto, startMoto } from "../helpers/moto.ts";
import { describeWith } from "../helpers/parts.ts";
import { createBucket } from "../helpers/s3.ts";

interface Report {
  readonly checks: readonly { check: string; outcome: string; detail?: string; fix?: string }[];
}

describeWith("moto", "test, with a KMS key of AWS", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.[Symbol.asyncDispose]());

  const keyCheck = ({ checks }: Report): Report["checks"][number] | undefined =>
    checks.find(({ check }) => check === "kms-key");

  test("the key encrypts and decrypts, and nothing is left in the bucket", async () => {
    const bucket = await createBucket(moto);
    const kmsKey = await createKmsKey(moto, "alias/tested");
    await using machine = await kmsMachine(moto, { bucket, kmsKey: "alias/tested" });
    const report = await machine.program.json<Report>(["test"]);
    expect(report.checks.map(({ outcome }) => outcome)).toEqual(Array(6).fill("ok"));
    expect(keyCheck(report)?.detail).toBe(`${kmsKey} encrypts and decrypts`);
    expect(await keysIn(moto, bucket, "")).toEqual([]);
    const shown = await machine.program.run("test");
    expect(shown.stdout).toMatch(/^6 ok +it is restored and is the same \(\d+ ms\)$/m);
    expect(shown.stdout).toContain("Backups to this storage work.");
  });

  test("a disabled key fails its check with what to do, and the others are tried", async () => {
    const bucket = await createBucket(moto);
    const kmsKey = await createKmsKey(moto);
    await using kms = await refusingKms("DisabledException", "the key is disabled.");
    await using machine = await kmsMachine(moto, { bucket, kmsKey, kmsEndpoint: kms.endpoint });
    const report = await machine.program.json<Report>(["test"], [1]);
    expect(keyCheck(report)).toMatchObject({
      outcome: "failed",
      fix: expect.stringContaining("enable the key"),
    });
    expect(report.checks.at(-1)).toMatchObject({ check: "restore", outcome: "ok" });
  });
});
