import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { describeWith, partPath, testWith } from "../helpers/parts.ts";
import { initQuickRepository } from "../helpers/repository.ts";
import { type ResticRepository, resticRepository } from "../helpers/restic.ts";
import { startClawback, until } from "../helpers/running-program.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { run } from "../parts/run.ts";
import { makeSampleState } from "../parts/sample-state.ts";

interface Taken {
  readonly id: string;
  readonly files: number;
  readonly storedBytes: number;
  readonly databases: number;
  readonly parent: string | null;
  readonly changes: Record<string, number>;
}

interface User extends AsyncDisposable {
  readonly dir: TempDir;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly program: Clawback;
  /** The same repository, for the real restic. */
  readonly restic: ResticRepository;
}

const PASSWORD = "correct horse";

/**
 * A user with an installation and a directory storage, in whose repository restic works, too. The first snapshot makes it, unless it is
 * to be a quick one.
 */
async function snapshotUser(
  options: { files?: number; password?: string | null; isQuick?: boolean } = {},
): Promise<User> {
  const dir = await tempDir();
  const stateDir = dir.join(".openclaw");
  makeSampleState(stateDir, { files: options.files ?? 150, dbMb: 3, mediaMb: 4 });
  const { password = PASSWORD } = options;
  const env: Record<string, string> = password === null ? {} : { CLAWBACK_PASSWORD: password };
  const program = clawback({ userHome: dir.path, env, as: "function" });
  await program.json(["init", "--instance", "box"]);
  const restic = resticRepository(dir.join(".clawback/storage/box/repository"), dir.join("restic"));
  if (options.isQuick) await initQuickRepository(restic.path, PASSWORD);
  return {
    dir,
    stateDir,
    env,
    program,
    restic,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** Every file below a directory, by relative path; links are not followed. */
const filesIn = (root: string, below = ""): string[] =>
  readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    if (entry.isDirectory()) return filesIn(root, path);
    return entry.isFile() ? [path] : [];
  });

/** An empty folder of a directory storage goes with its last file. */
const locksIn = ({ restic }: User): string[] => {
  const folder = join(restic.path, "locks");
  return existsSync(folder) ? readdirSync(folder) : [];
};

const isDatabase = (path: string): boolean => path.endsWith(".sqlite");

describeWith(["restic"], "snapshots in a directory", () => {
  test("restic checks a snapshot with all its data, and restores the files as they are", async () => {
    await using user = await snapshotUser();
    const { stateDir } = user;
    linkSync(join(stateDir, "openclaw.json"), join(stateDir, "twin.json"));
    const taken = await user.program.json<Taken>(["snapshot", "--name", "first", "--tag", "daily"]);
    user.restic.run(["check", "--read-data"]);
    user.restic.run(["restore", "latest", "--target", user.dir.join("out")]);
    const restored = user.dir.join("out", stateDir);
    const files = filesIn(restored);
    expect(files).toHaveLength(taken.files);
    for (const path of files.filter((each) => !isDatabase(each))) {
      const [was, is] = [lstatSync(join(stateDir, path)), lstatSync(join(restored, path))];
      expect({ path, mode: is.mode, mtime: is.mtimeMs }).toEqual({
        path,
        mode: was.mode,
        mtime: was.mtimeMs,
      });
      expect(readFileSync(join(restored, path)).equals(readFileSync(join(stateDir, path)))).toBe(
        true,
      );
    }
    expect(lstatSync(join(restored, "twin.json")).nlink).toBe(2);
    const databases = files.filter(isDatabase);
    expect(databases).toHaveLength(taken.databases);
    for (const path of databases) {
      using database = new DatabaseSync(join(restored, path), { readOnly: true });
      expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    }
  });

  test("a second snapshot stores trees at most, a third what was changed", async () => {
    await using user = await snapshotUser({ isQuick: true });
    const { program, stateDir } = user;
    const first = await program.json<Taken>(["snapshot"]);
    const second = await program.json<Taken>(["snapshot"]);
    expect(second).toMatchObject({ parent: first.id, files: first.files });
    expect(second.changes).toMatchObject({
      filesNew: 0,
      filesChanged: 0,
      filesUnmodified: first.files,
    });
    expect(second.storedBytes).toBeLessThan(10_000);
    appendFileSync(join(stateDir, "openclaw.json"), "\n");
    const third = await program.json<Taken>(["snapshot"]);
    expect(third.changes).toMatchObject({ filesNew: 0, filesChanged: 1 });
    expect(third.storedBytes).toBeLessThan(30_000);
    const forced = await program.json<Taken>(["snapshot", "--force"]);
    expect(forced.changes).toMatchObject({ filesUnmodified: first.files });
    user.restic.run(["check", "--read-data"]);
    expect(user.restic.json<unknown[]>(["snapshots", "--json"])).toHaveLength(4);
  });

  test("restic takes what Clawback stored for its parent, and Clawback shares the blobs of restic", async () => {
    await using user = await snapshotUser({ isQuick: true });
    await user.program.json(["snapshot"]);
    const before = user.restic.json<{ total_size: number }>([
      "stats",
      "--mode",
      "raw-data",
      "--json",
    ]);
    user.restic.run(["backup", join(user.stateDir, "media"), join(user.stateDir, "workspace")]);
    const after = user.restic.json<{ total_size: number }>([
      "stats",
      "--mode",
      "raw-data",
      "--json",
    ]);
    // Its trees of 0.14 differ in one field, and node_modules were left out.
    expect(after.total_size - before.total_size).toBeLessThan(200_000);
    const listed = await user.program.json<{ backups: { scope: { full: boolean } }[] }>([
      ...["list", "--type", "snapshot"],
    ]);
    expect(listed.backups.map(({ scope }) => scope.full)).toEqual([false, true]);
    expect(await user.program.json(["show", "latest"])).toMatchObject({
      backup: { scope: { full: true } },
    });
  });

  test("two snapshots at once both succeed, and what they leave is sound", async () => {
    await using user = await snapshotUser();
    const [a, b] = await Promise.all([
      user.program.json<Taken>(["snapshot"]),
      user.program.json<Taken>(["snapshot"]),
    ]);
    expect(a.id).not.toBe(b.id);
    user.restic.run(["check", "--read-data"]);
    const { backups } = await user.program.json<{ backups: unknown[] }>(["list"]);
    expect(backups).toHaveLength(2);
    expect(locksIn(user)).toEqual([]);
  });

  test("a killed snapshot leaves none, and the next one works beside its remains", async () => {
    await using user = await snapshotUser({ isQuick: true });
    await user.program.json<Taken>(["snapshot"]);
    mkdirSync(join(user.stateDir, "media/more"), { recursive: true });
    makeSampleState(join(user.stateDir, "media/more/state"), {
      files: 50,
      dbMb: 1,
      mediaMb: 60,
      seed: 9,
    });
    const packs = (): number => filesIn(join(user.restic.path, "data")).length;
    const before = packs();
    const running = startClawback(["snapshot"], { userHome: user.dir.path, env: user.env });
    await until("it stores packs", () => packs() > before);
    running.signal("SIGKILL");
    expect((await running.finished).code).toBeNull();
    expect((await user.program.json<{ backups: unknown[] }>(["list"])).backups).toHaveLength(1);
    expect(locksIn(user)).toHaveLength(1);
    await user.program.json<Taken>(["snapshot"]);
    expect(locksIn(user)).toEqual([]);
    user.restic.run(["check", "--read-data"]);
    expect((await user.program.json<{ backups: unknown[] }>(["list"])).backups).toHaveLength(2);
  });
});

test("without a password the first snapshot makes one, keeps it and says so; another home is refused with code 12", async () => {
  await using user = await snapshotUser({ files: 20, password: null });
  const first = await user.program.run("snapshot");
  expect(first).toMatchObject({ code: 0 });
  expect(first.stderr).toContain(
    "with a random password, which only this home's secrets.json holds",
  );
  const second = await user.program.run("snapshot");
  expect(second).toMatchObject({ code: 0 });
  expect(second.stderr).not.toContain("password");
  const other = clawback({ userHome: user.dir.path, as: "function" });
  const [storage, elsewhere] = [user.dir.join(".clawback/storage"), user.dir.join("elsewhere")];
  expect(await other.run("init", "--instance", "box", "--home", elsewhere)).toMatchObject({
    code: 0,
  });
  expect(
    await other.run(
      "storage",
      "add",
      "shared",
      "--type",
      "directory",
      "--path",
      storage,
      "--home",
      elsewhere,
    ),
  ).toMatchObject({ code: 0 });
  const refused = await other.run("snapshot", "--storage", "shared", "--home", elsewhere);
  expect(refused).toMatchObject({ code: 12, stdout: "" });
});

test("a wrong password is refused with code 12, and list says what it cannot show", async () => {
  await using user = await snapshotUser({ files: 20 });
  await user.program.json(["snapshot"]);
  const wrong = clawback({
    userHome: user.dir.path,
    env: { CLAWBACK_PASSWORD: "wrong" },
    as: "function",
  });
  expect(await wrong.run("snapshot", "--json")).toMatchObject({ code: 12, stdout: "" });
  const listed = await wrong.run("list");
  expect(listed.code).toBe(1);
  expect(listed.stderr).toContain("1 snapshot of instance box cannot be shown");
  // What was listed once is known without the password.
  expect((await user.program.run("list")).stdout).toContain("snapshot");
  expect(await wrong.run("list")).toMatchObject({ code: 0, stderr: "" });
});

test("snapshots are found by tag, session and time, and show lists what one holds", async () => {
  await using user = await snapshotUser({ files: 20, isQuick: true });
  const { program } = user;
  const first = await program.json<Taken>([
    "snapshot",
    "--tag",
    "a",
    "--session",
    "s-1",
    "--name",
    "one",
  ]);
  await program.json<Taken>(["snapshot", "--tag", "a", "--tag", "b", "--only-config"]);
  const ids = async (...flags: string[]): Promise<number> =>
    (await program.json<{ backups: unknown[] }>(["list", "--type", "snapshot", ...flags])).backups
      .length;
  expect(await ids("--tag", "a")).toBe(2);
  expect(await ids("--tag", "a", "--tag", "b")).toBe(1);
  expect(await ids("--session", "s-1")).toBe(1);
  expect(await ids("--since", "1 hour ago")).toBe(2);
  expect(await ids("--until", "1 hour ago")).toBe(0);
  expect(await program.json(["show", "one"])).toMatchObject({
    backup: { id: first.id, session: "s-1" },
  });
  const shown = await program.json<{ backup: { id: string }; files: { path: string }[] }>([
    ...["show", first.id.slice(0, 8), "openclaw.json"],
  ]);
  expect(shown).toMatchObject({ backup: { id: first.id } });
  expect(shown.files.map(({ path }) => path)).toEqual([join(user.stateDir, "openclaw.json")]);
});

test("a dry run says what would go in, and creates no repository", async () => {
  await using user = await snapshotUser({ files: 20 });
  expect(await user.program.json(["snapshot", "--dry-run"])).toHaveProperty("plan.included");
  expect(readdirSync(user.dir.join(".clawback/storage"))).toEqual(["clawback.json"]);
});

testWith(["minio", "mc", "restic"], "restic checks what was stored in S3", async () => {
  await using minio = await startMinio();
  await using user = await snapshotUser({ files: 60 });
  await minio.mc("mb", "test/snapshots");
  await addMinioStorage({ minio, userHome: user.dir.path, bucket: "snapshots", prefix: "fleet" });
  await user.program.json<Taken>(["snapshot"]);
  const second = await user.program.json<Taken>(["snapshot"]);
  expect(second.storedBytes).toBeLessThan(10_000);
  const checked = await run(partPath("restic"), ["--no-cache", "check", "--read-data"], {
    env: {
      ...{ PATH: "/usr/bin:/bin", HOME: user.dir.path, RESTIC_PASSWORD: PASSWORD },
      RESTIC_REPOSITORY: `s3:${minio.endpoint}/snapshots/fleet/box/repository`,
      AWS_ACCESS_KEY_ID: minio.accessKeyId,
      AWS_SECRET_ACCESS_KEY: minio.secretAccessKey,
      AWS_DEFAULT_REGION: minio.region,
    },
  });
  expect(checked).toMatchObject({ code: 0 });
  expect((await user.program.json<{ backups: unknown[] }>(["list"])).backups).toHaveLength(2);
});
