import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { clawback } from "../helpers/clawback.ts";
import { type CountingProxy, startCountingProxy } from "../helpers/counting-proxy.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { describeWith } from "../helpers/parts.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

interface Taken {
  readonly id: string;
}

describeWith(["minio", "mc"], "the local cache of a repository in S3", () => {
  let minio: Minio;
  let proxy: CountingProxy;
  let user: TempDir;
  let first: Taken;
  const program = () =>
    clawback({
      userHome: user.path,
      env: { CLAWBACK_PASSWORD: "correct horse" },
      as: "function",
    });
  const cache = (): string => user.join(".clawback", "cache", "repository");
  /** Objects of the repository that a command downloads, by what they are. */
  const downloads = async (...args: readonly string[]): Promise<Record<string, number>> => {
    proxy.taken();
    await program().json(args, [0, 3]);
    const counts: Record<string, number> = {};
    for (const request of proxy.taken()) {
      const kind = /^GET .*\/repository\/(index|snapshots|data)\/./.exec(request)?.[1];
      if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  };

  beforeAll(async () => {
    minio = await startMinio();
    proxy = await startCountingProxy(minio.endpoint);
    user = await tempDir();
    await minio.mc("mb", "test/cached");
    await makeSample(user.join(".openclaw"), { files: 20 });
    const { path: userHome } = user;
    await addMinioStorage({ minio, userHome, bucket: "cached", endpoint: proxy.endpoint });
    first = await program().json<Taken>(["snapshot", "--instance", "agent"], [0, 3]);
  }, 60_000);
  afterAll(async () => {
    await user[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await minio[Symbol.asyncDispose]();
  });

  test("what a command has read or written the next one does not download again", async () => {
    const show = ["show", first.id, "--instance", "agent"];
    const snapshot = ["snapshot", "--instance", "agent"];
    const once = await downloads(...show);
    expect(once).not.toHaveProperty("index");
    expect(once).not.toHaveProperty("snapshots");
    expect(await downloads("list", "--instance", "agent")).toEqual({});
    // The report of a snapshot is data, and data is never kept.
    expect(await downloads(...show)).toEqual({ data: 1 });
    await downloads(...snapshot);
    const again = await downloads(...snapshot);
    expect(again).not.toHaveProperty("index");
    expect(again).not.toHaveProperty("snapshots");
    const without = await downloads(...show, "--no-cache");
    expect(without).toMatchObject({ index: expect.any(Number), snapshots: 4 });
    expect(without.data).toBeGreaterThan(1);
    for (const name of readdirSync(cache())) {
      expect(statSync(join(cache(), name)).mode & 0o777).toBe(0o700);
    }
  });

  test("check and verify ask the storage, whatever the cache has", async () => {
    expect(await downloads("repository", "check", "--instance", "agent")).toMatchObject({
      index: expect.any(Number),
      snapshots: expect.any(Number),
      data: expect.any(Number),
    });
    expect(await downloads("verify", first.id, "--instance", "agent")).toMatchObject({
      index: expect.any(Number),
    });
  });

  test("a cache that was damaged or removed costs time, and gives no wrong answer", async () => {
    const answer = await program().json(["show", first.id, "--instance", "agent"]);
    const [name = ""] = readdirSync(cache());
    for (const file of readdirSync(join(cache(), name), { recursive: true })) {
      const path = join(cache(), name, String(file));
      if (statSync(path).isFile()) writeFileSync(path, randomBytes(100));
    }
    expect(await program().json(["show", first.id, "--instance", "agent"])).toEqual(answer);
    const { stdout } = await program().run("cleanup", "--cache", "--dry-run");
    expect(stdout).toMatch(/cache \(.* kB\), the local cache/);
    await program().json(["cleanup", "--cache", "--yes"]);
    expect(existsSync(cache())).toBe(false);
    expect(await program().json(["show", first.id, "--instance", "agent"])).toEqual(answer);
    expect(existsSync(cache())).toBe(true);
  });

  test("what another machine has deleted and pruned is gone here too", async () => {
    await using other = await tempDir();
    const { path: userHome } = other;
    await addMinioStorage({ minio, userHome, bucket: "cached" });
    const elsewhere = clawback({
      userHome,
      env: { CLAWBACK_PASSWORD: "correct horse" },
      as: "function",
    });
    await program().json(["show", first.id, "--instance", "agent"]);
    await elsewhere.json(["delete", first.id, "--instance", "agent", "--yes"]);
    await elsewhere.json(["repository", "prune", "--instance", "agent"]);
    expect((await program().run("show", first.id, "--instance", "agent")).code).toBe(1);
    const { backups } = await program().json<{ backups: Taken[] }>(["list", "--instance", "agent"]);
    expect(backups.map(({ id }) => id)).not.toContain(first.id);
    await program().json(["snapshot", "--instance", "agent"], [0, 3]);
    expect(await program().json(["verify", "latest", "--instance", "agent"])).toMatchObject({
      ok: true,
    });
  });
});
