import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../lib/base/index.ts";
import { findGatewayOn } from "../../../lib/openclaw/gateway/find.ts";
import { type Host, isOnSharedMount, realHost } from "../../../lib/openclaw/gateway/host.ts";
import { parseLock } from "../../../lib/openclaw/gateway/lock.ts";
import { findGateway, gatewayStopCommand, type Installation } from "../../../lib/openclaw/index.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, writeTree } from "../../helpers/tree.ts";
import { installation } from "./fixture.ts";

const LOCK = { pid: 4711, startTime: 1000, port: 18789, createdAt: "2026-11-21T08:00:00.000Z" };

/** A host on which nothing runs, whose disks are its own. */
const quiet: Host = {
  startOf: () => undefined,
  isOwn: () => true,
  isShared: () => false,
  holderOf: () => undefined,
};

/** A state directory with a database and, unless it is undefined, the text of a lock. */
function makeState(home: TempDir, lock: unknown): Installation {
  const text = typeof lock === "string" ? lock : `${JSON.stringify(lock)}\n \t \n`;
  const locks = { "openclaw-1000": dir({ "gateway.state.lock": file(text) }) };
  writeTree(home.path, { state: dir(), tmp: dir(lock === undefined ? {} : locks) });
  const path = home.join("state/openclaw.sqlite");
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode=WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
  db.close();
  return installation({ stateDir: home.path, essentialDatabases: [path] });
}

/** Holds a database open as a running Gateway does. */
function use(home: TempDir): Disposable {
  const db = new DatabaseSync(home.join("state/openclaw.sqlite"));
  db.prepare("SELECT * FROM t").all();
  return { [Symbol.dispose]: () => db.close() };
}

describe("whether a Gateway runs", () => {
  test("it does while the process of the lock has the start time that it wrote down", async () => {
    await using home = await tempDir();
    const found = makeState(home, LOCK);
    expect(findGatewayOn(found, { ...quiet, startOf: () => 1000 })).toEqual({
      status: "running",
      pid: 4711,
      port: 18789,
      evidence: "lock",
      detail: `process 4711 holds ${home.join("tmp/openclaw-1000/gateway.state.lock")}`,
      lockPath: home.join("tmp/openclaw-1000/gateway.state.lock"),
    });
  });

  test("it does not without lock and use", async () => {
    await using home = await tempDir();
    expect(findGatewayOn(makeState(home, undefined), quiet)).toEqual({ status: "stopped" });
  });

  test.each([
    ["a process that is gone", undefined],
    ["a process number that another program has by now", 2000],
  ])("a lock of %s does not block when nobody uses the databases", async (_, start) => {
    await using home = await tempDir();
    const found = makeState(home, LOCK);
    expect(findGatewayOn(found, { ...quiet, startOf: () => start })).toEqual({ status: "stopped" });
  });

  test("a lock whose process is not seen counts while a database is in use, as from a container", async () => {
    await using home = await tempDir();
    const found = makeState(home, LOCK);
    using _ = use(home);
    expect(findGatewayOn(found, quiet)).toMatchObject({
      status: "running",
      pid: 4711,
      evidence: "foreign-lock",
      detail: expect.stringMatching(
        /names process 4711, which is not seen here, and .* is in use$/,
      ),
    });
  });

  test("a lock from another kernel counts where that kernel may still be at work", async () => {
    await using home = await tempDir();
    const found = makeState(home, LOCK);
    const shared: Host = { ...quiet, isOwn: () => false, isShared: () => true };
    const state = findGatewayOn(found, shared);
    expect(state).toMatchObject({ status: "running", evidence: "foreign-lock" });
    expect(gatewayStopCommand(state)).toContain("if none runs anywhere, remove");
    expect(findGatewayOn(found, { ...shared, isShared: () => false }).status).toBe("stopped");
    expect(findGatewayOn(found, { ...shared, isOwn: () => true }).status).toBe("stopped");
  });

  test("a database in use without a lock is a Gateway that locks elsewhere", async () => {
    await using home = await tempDir();
    const found = makeState(home, undefined);
    using _ = use(home);
    const state = findGatewayOn(found, { ...quiet, holderOf: () => 815 });
    expect(state).toMatchObject({ status: "running", pid: 815, evidence: "database" });
    expect(gatewayStopCommand(state)).toContain("process 815");
  });

  test("where only that the process runs is known, the databases decide", async () => {
    await using home = await tempDir();
    const found = makeState(home, LOCK);
    const host: Host = { ...quiet, startOf: () => "alive", isShared: () => true };
    expect(findGatewayOn(found, host).status).toBe("stopped");
    using _ = use(home);
    expect(findGatewayOn(found, host)).toMatchObject({ status: "running", evidence: "lock" });
  });

  test.each(["", "{", "[]", "null", '{"pid":-1}', "x".repeat(100_000)])(
    "a lock that reads %.20j does not block when nobody uses the databases",
    async (text) => {
      await using home = await tempDir();
      const found = makeState(home, text);
      expect(findGatewayOn(found, quiet)).toEqual({ status: "stopped" });
      expect(
        findGatewayOn(found, { ...quiet, isOwn: () => false, isShared: () => true }),
      ).toMatchObject({
        status: "running",
        pid: 0,
        detail: expect.stringContaining("does not say whose it is"),
      });
    },
  );

  test("a damaged database proves nothing, and does not keep a restore from mending it", async () => {
    await using home = await tempDir();
    const found = makeState(home, undefined);
    const damaged = home.join("state/damaged.sqlite");
    writeTree(home.join("state"), {
      "damaged.sqlite": file("SQLite format 3\0".padEnd(5000, "x")),
    });
    expect(findGatewayOn({ ...found, essentialDatabases: [damaged] }, quiet).status).toBe(
      "stopped",
    );
  });

  test("a lock without any database to ask counts as running", async () => {
    await using home = await tempDir();
    const found = makeState(home, LOCK);
    const state = findGatewayOn({ ...found, essentialDatabases: [] }, quiet);
    expect(state).toMatchObject({ status: "running", evidence: "foreign-lock" });
  });

  test("OpenClaw's other owners of a state directory count, too", async () => {
    await using home = await tempDir();
    const found = makeState(home, { ...LOCK, role: "sqlite-maintenance" });
    const state = findGatewayOn(found, { ...quiet, startOf: () => 1000 });
    expect(state).toMatchObject({ detail: expect.stringMatching(/\(sqlite-maintenance\)$/) });
    expect(gatewayStopCommand(state)).toContain("kill 4711");
  });
});

describe("this machine", () => {
  test("tells the start of a process, and nothing of one that is gone", async () => {
    const host = realHost();
    const start = host.startOf(process.pid);
    expect(start).toBe(host.startOf(process.pid));
    expect(start).toBeDefined();
    expect(host.startOf(2 ** 22 + 1)).toBeUndefined();
  });

  test.runIf(process.platform === "linux")("knows a lock of its own kernel by its times", () => {
    const host = realHost();
    const startTime = Number(host.startOf(process.pid));
    const parse = (lock: object) => ({ path: "/l", ...parseLock(JSON.stringify(lock)) });
    const createdAt = systemClock.now().toISOString();
    expect(host.isOwn(parse({ pid: 1, startTime, createdAt }))).toBe(true);
    expect(host.isOwn(parse({ pid: 1, startTime: startTime + 1e7, createdAt }))).toBe(false);
    expect(host.isOwn(parse({ pid: 1, startTime: 1_795_000_000, createdAt }))).toBe(false);
    expect(host.isOwn(parse({ pid: 1, startTime, createdAt: "2020-01-01T00:00:00Z" }))).toBe(false);
    expect(host.isOwn(parse({ pid: 1, createdAt }))).toBe(false);
    expect(host.isShared("/tmp")).toBe(false);
  });

  test.runIf(process.platform === "linux")(
    "finds this process as the owner of a lock",
    async () => {
      await using home = await tempDir();
      const startTime = realHost().startOf(process.pid);
      const found = makeState(home, { ...LOCK, pid: process.pid, startTime });
      expect(await findGateway(found)).toMatchObject({ status: "running", evidence: "lock" });
      const other = makeState(await nested(home), { ...LOCK, pid: process.pid, startTime: 1 });
      expect(await findGateway(other)).toEqual({ status: "stopped" });
    },
  );

  test.runIf(process.platform === "linux")("names the process that uses a database", async () => {
    await using home = await tempDir();
    const found = makeState(home, undefined);
    using _ = use(home);
    expect(await findGateway(found)).toMatchObject({ evidence: "database", pid: process.pid });
  });

  test.each([
    ["/", true],
    ["/data/x", false],
    ["/database", true],
    ["/mnt/nas/state", true],
    ["/mnt/nas/local", false],
    ["/my dir/x", false],
  ])("tells from the mounts whether another machine may use %s", (path, isShared) => {
    const mounts = [
      "1 0 0:1 / / rw shared:1 - virtiofs root rw",
      "2 1 8:1 / /data rw,relatime - ext4 /dev/sda1 rw",
      "3 1 0:2 / /mnt/nas rw - ext4 /dev/sdb1 rw",
      "4 1 0:3 / /mnt/nas rw - nfs4 host:/x rw",
      "5 4 0:4 / /mnt/nas/local rw - tmpfs tmpfs rw",
      "6 1 0:5 / /my\\040dir rw - btrfs /dev/sdc rw",
      "",
    ];
    expect(isOnSharedMount(path, mounts.join("\n"))).toBe(isShared);
    expect(isOnSharedMount(path, "")).toBe(true);
  });

  test("trusts macOS's locks only for locks of macOS, where containers run under another kernel", () => {
    const host = realHost("darwin");
    const parse = (lock: object) => ({
      path: "/l",
      ...parseLock(JSON.stringify({ ...LOCK, ...lock })),
    });
    expect(host.startOf(process.pid)).toBe("alive");
    expect(host.startOf(2 ** 22 + 1)).toBeUndefined();
    expect(host.isShared("/Users/me")).toBe(true);
    const seconds = Date.parse(LOCK.createdAt) / 1000;
    expect(host.isOwn(parse({ startTime: seconds - 3 }))).toBe(true);
    expect(host.isOwn(parse({ startTime: 320_811 }))).toBe(false);
  });
});

async function nested(home: TempDir): Promise<TempDir> {
  return { ...home, path: home.join("n"), join: (...names) => home.join("n", ...names) };
}
