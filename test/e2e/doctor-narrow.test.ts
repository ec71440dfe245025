import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../helpers/parts.ts";
import { openProtectedBuckets, type ProtectedBuckets } from "../helpers/protected-bucket.ts";

interface Report {
  readonly findings: readonly { code: string; severity: string; message: string }[];
}

describeWith(["minio", "mc"], "doctor with the rights that setup gives", () => {
  let buckets: ProtectedBuckets;
  beforeAll(async () => {
    buckets = await openProtectedBuckets();
  });
  afterAll(() => buckets[Symbol.asyncDispose]());

  test("finds nothing wrong as standard, and leaves no trace in the bucket", async () => {
    const scene = await buckets.makeScene("standard");
    const machine = await scene.machine(await scene.keysOf("standard"));
    const listed = ["ls", "-r", "--versions", `test/${scene.bucket}`];
    const before = await buckets.minio.mc(...listed);
    const { findings } = await machine.json<Report>(["doctor"]);
    const told = Object.fromEntries(findings.map(({ code, severity }) => [code, severity]));
    expect(told).toMatchObject({
      ...{ storage: "ok", "storage-features": "ok", "stranded-uploads": "ok" },
      ...{ protection: "ok", "last-backup": "ok", "home-modes": "ok" },
    });
    expect(await buckets.minio.mc(...listed)).toBe(before);
  }, 60_000);
});
