import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Secret } from "../../lib/base/index.ts";
import {
  initRepository,
  type LockHolder,
  openRepository,
  type Repository,
} from "../../lib/repository/index.ts";
import { openDirectoryStorage } from "../../lib/storage/index.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { FAST_COST } from "../helpers/repository.ts";
import { type ResticRepository, resticRepository } from "../helpers/restic.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

function isProcessRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** This process, as restic sees it. */
const HERE: LockHolder = {
  hostname: hostname(),
  username: userInfo().username,
  pid: process.pid,
  isProcessRunning,
};

describeWith("restic", "locks that restic shares", () => {
  let temp: TempDir;
  let restic: ResticRepository;
  let ours: Repository;
  const children: ChildProcess[] = [];

  /** The folder goes with its last file. A lock that restic is still writing has another name. */
  const locks = (): string[] =>
    existsSync(`${restic.path}/locks`)
      ? readdirSync(`${restic.path}/locks`).filter((name) => /^[0-9a-f]{64}$/.test(name))
      : [];
  const openFrom = async (holder: LockHolder): Promise<Repository> =>
    await openRepository({
      storage: await openDirectoryStorage({ path: restic.path }),
      password: new Secret(restic.password),
      holder,
    });
  /** Starts restic and waits until its lock is there. */
  const startRestic = async (args: readonly string[], stop = false): Promise<ChildProcess> => {
    const child = spawn(partPath("restic"), ["--quiet", "--no-cache", ...args], {
      env: {
        ...process.env,
        RESTIC_REPOSITORY: restic.path,
        RESTIC_PASSWORD: restic.password,
      },
      stdio: ["pipe", "ignore", "ignore"],
    });
    children.push(child);
    await vi.waitFor(() => expect(locks()).toHaveLength(1), { timeout: 20_000, interval: 5 });
    if (stop) child.kill("SIGSTOP");
    return child;
  };
  const end = async (child: ChildProcess, signal?: NodeJS.Signals): Promise<void> => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (signal === undefined) child.stdin?.end("content");
    else child.kill(signal);
    await ended;
  };

  beforeAll(async () => {
    temp = await tempDir();
    writeFileSync(temp.join("file"), "some content");
    restic = resticRepository(temp.join("repository"), temp.join("cache"));
    const storage = await openDirectoryStorage({ path: restic.path, create: true });
    const password = new Secret(restic.password);
    ours = await initRepository({ storage, password, holder: HERE, cost: FAST_COST });
  });
  beforeEach(() => expect(locks()).toEqual([]));
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await temp[Symbol.asyncDispose]();
  });

  test("restic keeps out of a repository that is locked exclusively here, and says by whom", async () => {
    await using _lock = await ours.lock({ exclusive: true });
    expect(() => restic.run(["backup", temp.join("file")])).toThrow(
      `repository is already locked exclusively by PID ${process.pid} on ${hostname()} by ${HERE.username}`,
    );
    const [id = ""] = locks();
    expect(restic.json(["--no-lock", "cat", "lock", id])).toMatchObject({
      exclusive: true,
      hostname: hostname(),
      pid: process.pid,
    });
  });

  test("restic works beside a shared lock of ours, and waits with what needs the repository alone", async () => {
    await using _lock = await ours.lock();
    restic.run(["backup", temp.join("file")]);
    expect(() => restic.run(["check"])).toThrow(/already locked by PID/);
    expect(locks()).toHaveLength(1);
  });

  test("restic's unlock leaves a lock of a living process, and removes that of a dead one", async () => {
    await using _lock = await ours.lock();
    restic.run(["unlock"]);
    expect(locks()).toHaveLength(1);
    const dead = await openFrom({ ...HERE, pid: 4_000_000 });
    await dead.lock();
    expect(locks()).toHaveLength(2);
    restic.run(["unlock"]);
    expect(locks()).toHaveLength(1);
  });

  test("a restic that backs up is worked beside, and named to whoever needs the repository alone", async () => {
    const child = await startRestic(["backup", "--stdin"]);
    {
      await using shared = await ours.lock();
      expect(shared.exclusive).toBe(false);
    }
    await expect(ours.lock({ exclusive: true })).rejects.toThrow(
      `in use by ${HERE.username} on ${hostname()} (pid ${child.pid})`,
    );
    const waiting = ours.lock({
      exclusive: true,
      retryForMs: 60_000,
      onWait: () => void end(child),
    });
    await using exclusive = await waiting;
    expect(exclusive.exclusive).toBe(true);
  });

  test("a restic that holds the repository alone is kept out of its way", async () => {
    const child = await startRestic(["check"], true);
    await expect(ours.lock()).rejects.toThrow(/locked exclusively by .* \(pid \d+\)/);
    child.kill("SIGCONT");
    await vi.waitFor(() => expect(locks()).toEqual([]), { timeout: 20_000 });
  });

  test("a restic that was killed on this host stops nobody here", async () => {
    const child = await startRestic(["backup", "--stdin"]);
    await end(child, "SIGKILL");
    expect(locks()).toHaveLength(1);
    await using _lock = await ours.lock({ exclusive: true });
    expect(locks()).toHaveLength(1);
  });
});
