import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { makeSampleState } from "../parts/sample-state.ts";

interface User extends AsyncDisposable {
  readonly dir: TempDir;
  readonly program: Clawback;
  /** Paths of the objects of a kind in the repository. */
  objects(folder: string): string[];
}

/** A user with two snapshots of an installation. Without a password of the user's own it is a random one, which opens at once. */
async function careUser(env: Readonly<Record<string, string>> = {}): Promise<User> {
  const dir = await tempDir();
  makeSampleState(dir.join(".openclaw"), { files: 40, dbMb: 1, mediaMb: 1 });
  writeFileSync(dir.join(".openclaw/openclaw.json"), "{}\n", { mode: 0o600 });
  const program = clawback({ userHome: dir.path, env, as: "function" });
  await program.json(["init", "--instance", "box"]);
  await program.json(["snapshot", "--name", "first"]);
  writeFileSync(dir.join(".openclaw/later.md"), "later\n");
  await program.json(["snapshot", "--name", "second"]);
  const root = readdirSync(dir.path, { recursive: true, encoding: "utf8" }).find((path) =>
    path.endsWith("box/repository"),
  );
  const objects = (folder: string) =>
    readdirSync(dir.join(`${root}/${folder}`), { recursive: true, encoding: "utf8" })
      .filter((name) => name.length >= 64)
      .map((name) => dir.join(`${root}/${folder}/${name}`));
  return { dir, program, objects, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

test("a repository is checked, damage is told by file with exit 1, and repaired", async () => {
  await using user = await careUser();
  const { program, objects } = user;
  const sound = await program.json<{ ok: boolean; checked: Record<string, number> }>([
    "repository",
    "check",
    "--read-data",
  ]);
  expect(sound).toMatchObject({ ok: true, findings: [], checked: { snapshots: 2, databases: 0 } });
  expect(sound.checked.packsRead).toBe(objects("data").length);
  const share = await program.json(["repository", "check", "--read-data-days", "7"]);
  expect(share).toMatchObject({ ok: true, checked: { packsRead: 1 } });
  expect((await program.run("repository", "check")).stdout).toContain("sound: 2 snapshots");
  const big = objects("data").reduce((a, b) =>
    readFileSync(b).length > readFileSync(a).length ? b : a,
  );
  const bytes = readFileSync(big);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  writeFileSync(big, bytes);
  const damaged = await program.json<{ losses: { path: string }[] }>(
    ["repository", "check", "--read-data-subset", "100%"],
    [1],
  );
  expect(damaged).toMatchObject({
    ok: false,
    findings: [{ code: "pack-damaged" }, { code: "blob-damaged" }],
  });
  expect(damaged.losses.length).toBeGreaterThan(0);
  expect((await program.run("repository", "check", "--read-data")).stdout).toContain(
    "damaged file in",
  );
  const index = await program.json(["repository", "repair", "index", "--read-data"], [1]);
  expect(index).toMatchObject({ damaged: { length: 1 }, lost: { length: 1 } });
  const dry = await program.run("repository", "repair", "snapshots", "--dry-run");
  expect(dry.stdout).toContain("lost file");
  const repaired = await program.json<{ snapshots: unknown[] }>([
    "repository",
    "repair",
    "snapshots",
    "--forget",
    "--yes",
  ]);
  expect(repaired.snapshots.length).toBeGreaterThan(0);
  expect(await program.json(["repository", "check", "--read-data"])).toMatchObject({ ok: true });
});

test("lost indexes are made anew, and what no snapshot needs is pruned", async () => {
  await using user = await careUser();
  const { program, objects } = user;
  for (const path of objects("index")) rmSync(path);
  await program.json(["repository", "check"], [1]);
  const refused = await program.run("repository", "prune");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("prune refused");
  await program.json(["repository", "repair", "index"]);
  await program.json(["delete", "first", "--yes"]);
  const { plan } = await program.json<{ plan: { snapshots: number } }>([
    "repository",
    "prune",
    "--dry-run",
  ]);
  expect(plan).toMatchObject({ snapshots: 1 });
  const before = objects("data").length;
  const report = await program.json([
    "repository",
    "prune",
    "--max-unused",
    "0%",
    "--max-repack-size",
    "100M",
  ]);
  expect(report).toMatchObject({ deleted: { count: 0 }, rescued: 0 });
  expect(objects("data").length).toBeGreaterThanOrEqual(before);
  expect(await program.json(["repository", "check", "--read-data"])).toMatchObject({ ok: true });
});

test("passwords are added, listed, changed and removed, and a wrong one is exit 12", async () => {
  await using user = await careUser({ CLAWBACK_PASSWORD: "correct horse" });
  const { dir, program } = user;
  const file = dir.join("new.txt");
  writeFileSync(file, "another horse\n");
  const { added } = await program.json<{ added: string }>([
    "repository",
    "password",
    "add",
    "--new-password-file",
    file,
  ]);
  const { passwords } = await program.json<{ passwords: { id: string; current: boolean }[] }>([
    "repository",
    "password",
    "list",
  ]);
  expect(passwords).toHaveLength(2);
  expect(passwords.find(({ id }) => id === added)).toMatchObject({ current: false });
  await program.json(["repository", "password", "remove", added.slice(0, 8), "--yes"]);
  expect((await program.run("repository", "check", "--password-file", file)).code).toBe(12);
  await program.json(["repository", "password", "change", "--new-password-file", file]);
  expect((await program.run("repository", "check")).code).toBe(12);
  expect((await program.run("repository", "check", "--password-file", file)).code).toBe(0);
  const last =
    (
      await program.json<{ passwords: { id: string }[] }>([
        "repository",
        "password",
        "list",
        "--password-file",
        file,
      ])
    ).passwords[0]?.id ?? "";
  expect(
    (await program.run("repository", "password", "remove", last, "--yes", "--password-file", file))
      .code,
  ).toBe(1);
});

test("without a repository it is exit 10, and a wrong part of the data exit 2", async () => {
  await using dir = await tempDir();
  makeSampleState(dir.join(".openclaw"), { files: 3, dbMb: 0, mediaMb: 0 });
  const program = clawback({ userHome: dir.path, env: { CLAWBACK_PASSWORD: "x" }, as: "function" });
  await program.json(["init", "--instance", "box"]);
  expect((await program.run("repository", "check")).code).toBe(10);
  expect((await program.run("repository", "check", "--read-data-subset", "x")).code).toBe(2);
  expect(
    (await program.run("repository", "check", "--read-data", "--read-data-subset", "1%")).code,
  ).toBe(2);
});
