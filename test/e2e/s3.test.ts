import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { clawback } from "../helpers/clawback.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { describeWith } from "../helpers/parts.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";

interface Created {
  readonly id: string;
  readonly sha256: string;
  readonly storedBytes: number;
}

describeWith(["minio", "mc"], "S3 with SSE-KMS", () => {
  let minio: Minio;
  beforeAll(async () => {
    minio = await startMinio();
  });
  afterAll(() => minio[Symbol.asyncDispose]());

  const bucketOf = async (name: string): Promise<string> => {
    await minio.mc("mb", `test/${name}`);
    return name;
  };

  test("create streams an encrypted archive up, list shows it, verify proves it", async () => {
    await using user = await tempDir();
    const bucket = await bucketOf("create-list-verify");
    await makeSample(user.join(".openclaw"), { files: 50 });
    await addMinioStorage({ minio, userHome: user.path, bucket, prefix: "fleet" });
    const program = clawback({ userHome: user.path });
    const created = await program.json<Created>(["create", "--instance", "a1"]);
    const listed = await minio.mc("ls", "--recursive", `test/${bucket}`);
    expect(listed).toContain(`fleet/a1/archives/${created.id}/backup.json`);
    const stat = await minio.mc(
      "stat",
      "--json",
      `test/${bucket}/fleet/a1/archives/${created.id}/archive.tar.gz`,
    );
    expect(stat).toContain("aws:kms");
    expect(await program.json(["list", "--instance", "all"])).toMatchObject({
      backups: [{ id: created.id }],
    });
    expect(await program.json(["verify", "latest", "--instance", "a1"])).toMatchObject({
      ok: true,
    });
  });

  test("on another machine, restore latest puts the agent back and keeps what was there", async () => {
    await using first = await tempDir();
    await using second = await tempDir();
    const bucket = await bucketOf("another-machine");
    await makeSample(first.join(".openclaw"), { files: 50 });
    await addMinioStorage({ minio, userHome: first.path, bucket });
    await clawback({ userHome: first.path }).json(["create", "--instance", "agent"]);

    await makeSample(second.join(".openclaw"), { files: 3 });
    writeFileSync(second.join(".openclaw", "workspace", "only-here.md"), "mine");
    await addMinioStorage({ minio, userHome: second.path, bucket });
    const program = clawback({ userHome: second.path });
    const before = readTree(second.join(".openclaw"));
    const report = await program.json<{ preRestore: string }>([
      "restore",
      "latest",
      "--instance",
      "agent",
      "--yes",
    ]);
    expect(report.preRestore).toMatch(/\.openclaw\.pre-restore-/);
    // What the backup does not cover was carried over into the restored tree.
    const isCarried = (path: string): boolean => path.startsWith("workspace/project/node_modules");
    const kept = Object.fromEntries(Object.entries(before).filter(([path]) => !isCarried(path)));
    const project = expect.objectContaining({ type: "dir" });
    expect(readTree(report.preRestore)).toEqual({ ...kept, "workspace/project": project });
    expect(existsSync(second.join(".openclaw", "workspace", "only-here.md"))).toBe(false);
    expect(readFileSync(second.join(".openclaw", "workspace", "MEMORY.md"))).toEqual(
      readFileSync(first.join(".openclaw", "workspace", "MEMORY.md")),
    );
    await program.json(["restore", "--undo", "--yes"]);
    expect(readTree(second.join(".openclaw"))).toEqual({ ...before, "workspace/project": project });
  });

  test("a machine without backups of its own is told whose there are", async () => {
    await using first = await tempDir();
    await using second = await tempDir();
    const bucket = await bucketOf("whose-there-are");
    await makeSample(first.join(".openclaw"), { files: 3 });
    await addMinioStorage({ minio, userHome: first.path, bucket });
    await clawback({ userHome: first.path }).json(["create", "--instance", "the-agent"]);
    await addMinioStorage({ minio, userHome: second.path, bucket });
    const { code, stderr } = await clawback({ userHome: second.path }).run(
      "restore",
      "latest",
      "--instance",
      "new",
      "--yes",
    );
    expect(code).toBe(1);
    expect(stderr).toContain("the-agent");
  });

  test("test says that the storage works, and what it can do", async () => {
    await using user = await tempDir();
    const bucket = await bucketOf("test-command");
    await addMinioStorage({ minio, userHome: user.path, bucket });
    const report = await clawback({ userHome: user.path }).json<{
      steps: { name: string; outcome: string }[];
    }>(["test"]);
    expect(report).toMatchObject({
      ok: true,
      features: { conditionalCreate: true, serverSideEncryption: "kms" },
    });
    expect(report.steps.filter((step) => step.outcome !== "ok")).toEqual([]);
    expect(await minio.mc("ls", "--recursive", `test/${bucket}`)).toBe("");
  });

  test("sync copies a backup to another storage, byte for byte, and does nothing the second time", async () => {
    await using user = await tempDir();
    const bucket = await bucketOf("sync");
    await makeSample(user.join(".openclaw"), { files: 5 });
    const program = clawback({ userHome: user.path });
    await program.json(["init"]);
    const created = await program.json<Created>(["create"]);
    await addMinioStorage({ minio, userHome: user.path, bucket });
    expect(
      await program.json(["sync", created.id, "--from", "local", "--storage", "s3"]),
    ).toMatchObject({ copied: true });
    expect(
      await program.json(["sync", created.id, "--from", "local", "--storage", "s3"]),
    ).toMatchObject({ copied: false });
    expect(await program.json(["verify", created.id, "--storage", "s3"])).toMatchObject({
      ok: true,
    });
  });

  test("a bucket without KMS is refused for plaintext archives, until that was said", async () => {
    await using user = await tempDir();
    const bucket = await bucketOf("plaintext");
    await makeSample(user.join(".openclaw"), { files: 3 });
    await addMinioStorage({ minio, userHome: user.path, bucket, kmsKey: null });
    const program = clawback({ userHome: user.path });
    const refused = await program.run("create");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/--plaintext/);
    expect((await program.run("create", "--plaintext")).code).toBe(0);
    const encrypted = clawback({
      userHome: user.path,
      env: { CLAWBACK_PASSWORD: "correct horse" },
    });
    expect((await encrypted.run("create")).code).toBe(0);
  });

  test.each([
    ["a bucket that does not exist", { bucket: "not-there" }, /bucket/i],
    ["a KMS key the server does not know", { kmsKey: "no-such-key" }, /kms/i],
    ["a service that does not answer", { endpoint: "http://127.0.0.1:9" }, /127\.0\.0\.1/],
  ])("test names %s and what to do", async (_title, wrong, message) => {
    await using user = await tempDir();
    const bucket = `wrong-${_title.length}`;
    await minio.mc("mb", "--ignore-existing", `test/${bucket}`);
    await addMinioStorage({ minio, userHome: user.path, bucket, ...wrong });
    const { code, stdout } = await clawback({ userHome: user.path }).run("test");
    expect(code).toBe(1);
    expect(stdout).toMatch(message);
    expect(stdout).toMatch(/To do/);
  });

  test("two creates at once both succeed", async () => {
    await using user = await tempDir();
    const bucket = await bucketOf("two-at-once");
    await makeSample(user.join(".openclaw"), { files: 50 });
    await addMinioStorage({ minio, userHome: user.path, bucket });
    const program = clawback({ userHome: user.path });
    const made = await Promise.all([
      program.json<Created>(["create"]),
      program.json<Created>(["create"]),
    ]);
    expect(new Set(made.map(({ id }) => id)).size).toBe(2);
    const { backups } = await program.json<{ backups: unknown[] }>(["list"]);
    expect(backups).toHaveLength(2);
  });
});
