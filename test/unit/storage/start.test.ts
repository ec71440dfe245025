import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

test("the AWS SDK is loaded when an S3 storage is opened, and not before", () => {
  const script = `
    const { createRequire } = await import("node:module");
    const { cache } = createRequire(process.cwd() + "/");
    const loaded = () => Object.keys(cache).some((path) => /[\\\\/]@(aws-sdk|smithy)[\\\\/]/.test(path));
    const { openS3Storage } = await import("./lib/storage/index.ts");
    await import("./lib/aws/index.ts");
    const before = loaded();
    const { systemClock } = await import("./lib/base/index.ts");
    await openS3Storage({ bucket: "backups", region: "eu-central-1", sse: "none", clock: systemClock });
    console.log(JSON.stringify({ before, after: loaded() }));
  `;
  const args = ["--input-type=module", "--eval", script];
  const output = execFileSync(process.execPath, args, { encoding: "utf8" });
  expect(JSON.parse(output)).toEqual({ before: false, after: true });
});
