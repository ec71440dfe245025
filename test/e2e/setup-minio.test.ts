import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import type { PolicyDocument } from "../../lib/provision/index.ts";
import { clawback } from "../helpers/clawback.ts";
import { type AccessKey, type Minio, startMinio } from "../helpers/minio.ts";
import { forMinio } from "../helpers/minio-policies.ts";
import { describeWith } from "../helpers/parts.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

interface Report {
  readonly changed: number;
  readonly firstBackup: object;
}

describeWith(["minio", "mc"], "setup on MinIO", () => {
  let minio: Minio;
  let user: TempDir;
  beforeAll(async () => {
    minio = await startMinio();
    user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 5 });
  });
  afterAll(async () => {
    await minio[Symbol.asyncDispose]();
    await user[Symbol.asyncDispose]();
  });

  const program = () =>
    clawback({ userHome: user.path, env: { CLAWBACK_PASSWORD: "correct horse" } });

  const answersFor = (bucket: string, machine: AccessKey): string => {
    const secretFile = (name: string, { secretAccessKey }: AccessKey): string => {
      writeFileSync(user.join(name), `${secretAccessKey}\n`, { mode: 0o600 });
      return user.join(name);
    };
    const answers = {
      version: 1,
      instance: "agent",
      storage: {
        type: "s3",
        preset: "minio",
        endpoint: minio.endpoint,
        region: minio.region,
        bucket,
        key: minio.kmsKeyId,
        accessKeyId: machine.accessKeyId,
        secretAccessKeyFile: secretFile(`${bucket}-machine`, machine),
      },
      administrator: {
        accessKeyId: minio.accessKeyId,
        secretAccessKeyFile: secretFile(`${bucket}-administrator`, minio),
      },
      agentRole: "worker",
    };
    const file = user.join(`${bucket}.json`);
    writeFileSync(file, JSON.stringify(answers));
    return file;
  };

  test("with the printed policy for the machine: bucket, settings and a verified backup at once, and nothing twice", async () => {
    const print = ["setup", "--preset", "minio", "--endpoint", minio.endpoint];
    const { document } = await program().json<{
      document: { roles: { policy: PolicyDocument }[] };
    }>([...[...print, "--bucket", "backups", "--instance", "agent", "--print", "policies"]]);
    const policy = document.roles[0]?.policy ?? { Version: "2012-10-17", Statement: [] };
    const machine = await minio.createUser(forMinio(policy));
    const answers = answersFor("backups", machine);

    const { plan } = await program().json<{ plan: object }>([
      "setup",
      "--answers",
      answers,
      "--plan",
    ]);
    expect(plan).toMatchObject({ isDone: false, settings: { action: "create" }, warnings: [] });
    expect(existsSync(user.join(".clawback"))).toBe(false);

    const first = await program().json<Report>(["setup", "--answers", answers, "--yes"]);
    expect(first).toMatchObject({
      ok: true,
      protection: { level: "standard", reasons: [] },
      password: { state: "configured" },
      firstBackup: {
        state: "made",
        verified: true,
        restore: "clawback restore latest --storage s3",
      },
    });
    expect(first.changed).toBeGreaterThan(4);
    expect(statSync(user.join(".clawback", "settings.json")).mode & 0o777).toBe(0o600);
    const home = ["settings.json", "setup.json"].map((name) =>
      readFileSync(user.join(".clawback", name), "utf8"),
    );
    for (const text of home) expect(text).not.toContain(machine.secretAccessKey);
    expect(JSON.parse(home[0] ?? "")).toMatchObject({ jobs: { snapshot: { at: "weekly" } } });

    // From here on without a word: the answers lie in the home, and the machine's own credentials see enough.
    expect(home[1]).not.toMatch(/administrator|accessKey/i);
    rmSync(user.join("backups-machine"));
    const second = await program().json<Report>(["setup", "--yes"]);
    expect(second).toMatchObject({ ok: true, changed: 0, firstBackup: { state: "kept" } });
    expect(await program().json(["setup", "--check"])).toMatchObject({ ok: true, drift: [] });
    const { backups } = await program().json<{ backups: unknown[] }>(["list"]);
    expect(backups).toHaveLength(1);
    await program().json(["create"]);
    expect((await program().run("status")).stdout).toMatch(/2 backups/);
  });

  test("somebody loosens the bucket: the check says what, and setup mends it", async () => {
    await minio.mc("version", "suspend", "test/backups");
    const check = await program().json(["setup", "--check"], [1]);
    expect(check).toMatchObject({
      ok: false,
      drift: [{ id: "bucket-versioning", action: "change" }],
      protection: { level: "none" },
    });
    const text = await program().run("setup", "--check");
    expect(text.stdout).toMatch(/the keeping of versions was suspended/);
    expect(text.stdout).toMatch(/NOT as it was set up/);
    const alone = await program().run("setup", "--yes");
    expect(alone).toMatchObject({ code: 1, stdout: "" });
    expect(alone.stderr).toMatch(/s3:PutBucketVersioning is not allowed/);
    const administrator = [
      ...["--admin-access-key-id", minio.accessKeyId],
      ...["--admin-secret-access-key-file", user.join("backups-administrator")],
    ];
    const mended = await program().json(["setup", ...administrator, "--yes"]);
    expect(mended).toMatchObject({ ok: true, changed: 1 });
    expect(await program().json(["setup", "--check"])).toMatchObject({ ok: true });
    await minio.mc("anonymous", "set", "download", "test/backups");
    const open = await program().run("setup", "--check");
    expect(open).toMatchObject({ code: 1 });
    expect(open.stdout).toMatch(/lets everybody .*s3:GetObject/);
  });

  test("without a person it asks nothing and changes nothing", async () => {
    await using other = await tempDir();
    const machine = clawback({ userHome: other.path });
    const nowhere = await machine.run("setup");
    expect(nowhere).toMatchObject({ code: 2, stdout: "" });
    expect(nowhere.stderr).toMatch(/--region/);
    const refused = await machine.run("setup", "--path", other.join("disk"));
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(/use --yes/);
    expect(existsSync(other.join(".clawback"))).toBe(false);
    expect(existsSync(other.join("disk"))).toBe(false);
  });
});
