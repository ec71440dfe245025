import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { rolePolicy } from "../../lib/provision/index.ts";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { forMinio } from "../helpers/minio-policies.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { describeWith } from "../helpers/parts.ts";
import { tempDir } from "../helpers/temp-dir.ts";

describeWith(["minio", "mc"], "retention with the rights of the level strict", () => {
  let minio: Minio;
  beforeAll(async () => {
    minio = await startMinio();
  });
  afterAll(() => minio?.[Symbol.asyncDispose]());
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const keysOf = (bucket: string, role: "writer" | "pruner") => {
    const place = { partition: "aws", account: "1", region: minio.region, bucket, prefix: "" };
    return minio.createUser(
      forMinio(rolePolicy({ ...place, instance: "agent", keyArn: undefined }, role)),
    );
  };
  const names = async (program: Clawback) =>
    (await program.json<{ backups: { name: string }[] }>(["list"])).backups.map(({ name }) => name);

  test("the writer removes nothing and is told who can; with the pruner's profile it is done", async () => {
    const bucket = "strict";
    await minio.mc("mb", "--with-versioning", `test/${bucket}`);
    await using user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 3 });
    const env = { CLAWBACK_INSTANCE: "agent", CLAWBACK_PASSWORD: "correct horse" };
    const program = clawback({ userHome: user.path, env, as: "function" });
    const keys = await keysOf(bucket, "writer");
    await addMinioStorage({ minio, userHome: user.path, bucket, keys });
    for (const name of ["a1", "a2", "a3", "a4"]) await program.json(["create", name]);
    for (const name of ["s1", "s2", "s3"]) await program.json(["snapshot", "--name", name]);

    const apply = ["retention", "apply", "--keep-last", "1", "--yes"];
    const refused = await program.json<{ removed: object[]; failures: object[] }>(apply, [1]);
    expect(refused.removed).toEqual([]);
    expect(refused.failures).toMatchObject([
      { code: "storage-access-denied", hint: expect.stringContaining("pruner"), left: 2 },
      { code: "storage-access-denied", hint: expect.stringContaining("pruner"), left: 1 },
    ]);
    expect((await names(program)).toSorted()).toEqual(["a1", "a2", "a3", "a4", "s1", "s2", "s3"]);

    // The daily job of such a machine is no failure every day.
    const path = user.join(".clawback/settings.json");
    const settings = JSON.parse(readFileSync(path, "utf8"));
    const retention = { archives: { last: 1 }, snapshots: { last: 1 } };
    writeFileSync(path, JSON.stringify({ ...settings, retention }));
    expect(await program.json(["run", "retention"], [3])).toMatchObject({
      run: {
        result: "incomplete",
        facts: { removed: 0 },
        error: { code: "storage-access-denied" },
      },
    });
    const { healthy, warnings } = await program.json<{ healthy: boolean; warnings: string[] }>([
      "status",
    ]);
    expect({ healthy, warnings: warnings.join() }).toEqual({
      healthy: true,
      warnings: expect.stringContaining("job retention: backups stay in storage s3"),
    });

    const pruner = await keysOf(bucket, "pruner");
    const file = user.join("credentials");
    const lines = `[pruner]\naws_access_key_id = ${pruner.accessKeyId}\naws_secret_access_key = ${pruner.secretAccessKey}\n`;
    writeFileSync(file, lines, { mode: 0o600 });
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", file);
    await program.json(["storage", "remove", "s3", "--yes"]);
    const flags = ["--pruner-profile", "pruner"];
    await addMinioStorage({ minio, userHome: user.path, bucket, keys, flags });
    const done = await program.json<{ removed: object[] }>(apply);
    expect(done).toMatchObject({
      removed: { length: 3 },
      failures: [],
      pruned: [{ storage: "s3" }],
    });
    expect((await names(program)).toSorted()).toEqual(["a1", "a4", "s1", "s3"]);
    expect((await program.json(["repository", "check"])).ok).toBe(true);
    // The machine's own rights are those of the writer, as before.
    await program.json(["create", "a5"]);
    await program.json(["delete", "a5", "--yes"]);
  });
});
