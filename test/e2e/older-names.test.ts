import { appendFileSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  applySnapshotCleanup,
  openApp,
  planSnapshotCleanup,
  readSnapshotStatus,
} from "../../lib/app/index.ts";
import { makeSample } from "../../lib/app/sample.ts";
import { systemClock } from "../../lib/base/index.ts";
import { readEnvironment } from "../../lib/settings/index.ts";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { fakeClock } from "../helpers/fake-clock.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

interface Taken {
  readonly id: string;
}

const PASSWORD = "correct horse";
const DAY_MS = 24 * 60 * 60 * 1000;

let user: TempDir;
let program: Clawback;
let taken: string[];
const memory = (): string => user.join(".openclaw", "workspace", "MEMORY.md");

beforeAll(async () => {
  user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 5 });
  const env = { CLAWBACK_PASSWORD: PASSWORD };
  program = clawback({ userHome: user.path, env, as: "function" });
  await program.json(["init", "--instance", "box"]);
  taken = [];
  for (const session of ["s1", "s1", "s2", "s2"]) {
    const args = ["snapshot", "create", `of-${taken.length}`, "--session", session];
    taken.push((await program.json<Taken>(args, [0, 3])).id);
    appendFileSync(memory(), "more\n");
  }
}, 60_000);
afterAll(() => user[Symbol.asyncDispose]());

test("snapshot list, history and rollback are list, history and rollback", async () => {
  const listed = await program.json<{ backups: Taken[] }>(["snapshot", "list", "--session", "s1"]);
  expect(listed.backups.map(({ id }) => id)).toEqual(taken.slice(0, 2).toReversed());
  const one = await program.json<{ backups: Taken[] }>(["snapshot", "list", "--limit", "1"]);
  expect(one.backups).toMatchObject([{ id: taken[3], name: "of-3" }]);
  const { versions } = await program.json<{ versions: object[] }>([
    ...["snapshot", "history", "workspace/MEMORY.md"],
  ]);
  expect(versions).toHaveLength(4);
  const ofSession = await program.json<{ versions: object[] }>([
    ...["snapshot", "history", "workspace/MEMORY.md", "--session", "s1"],
  ]);
  expect(ofSession.versions).toHaveLength(2);
  const before = readFileSync(memory(), "utf8");
  const preview = ["snapshot", "rollback", taken[0] ?? "", "--preview"];
  expect(await program.json(preview)).toHaveProperty("plan");
  expect(readFileSync(memory(), "utf8")).toBe(before);
});

test("snapshot status counts sessions and snapshots, and says what they cost", async () => {
  const status = await program.json<Record<string, number | string>>(["snapshot", "status"]);
  expect(status).toMatchObject({ instance: "box", sessions: 2, snapshots: 4 });
  const ratio = Number(status.capturedBytes) / Number(status.storedBytes);
  expect(status.deduplicationRatio).toBeCloseTo(ratio);
  expect(Date.parse(String(status.oldest))).toBeLessThan(Date.parse(String(status.newest)));
  const { stdout } = await program.run("snapshot", "status");
  expect(stdout).toMatch(
    /^Snapshot status:\nTotal sessions: 2\nTotal snapshots: 4\nStorage used: .* [kM]B\nOldest event: .*\nDeduplication: [\d.]+ to 1 \(.* captured\)\n$/,
  );
});

test("snapshot cleanup wants an age and a yes, and removes nothing that is younger", async () => {
  expect(await program.run("snapshot", "cleanup")).toMatchObject({ code: 2 });
  const none = await program.run("snapshot", "cleanup", "--older-than", "30", "--dry-run");
  expect(none).toMatchObject({ code: 0, stdout: "no snapshot to remove is older than 30 days\n" });
  expect(await program.run("snapshot", "cleanup", "--older-than", "0")).toMatchObject({ code: 2 });
});

test("what is old goes, but for what is held, verified last, and newest", async () => {
  const environment = {
    ...readEnvironment(),
    userHome: user.path,
    variables: { HOME: user.path, CLAWBACK_PASSWORD: PASSWORD },
  };
  await program.json(["hold", taken[0] ?? ""]);
  await program.json(["verify", taken[2] ?? ""]);
  const clock = fakeClock(new Date(systemClock.now().getTime() + 40 * DAY_MS));
  const flags = { home: user.join(".clawback") };
  await using app = await openApp({ environment, flags, clock });
  const plan = await planSnapshotCleanup(app, { olderThanDays: 30 });
  expect(plan.remove.map(({ id }) => id)).toEqual([taken[1]]);
  expect(plan.keep.map(({ backup, reason }) => [backup.id, reason])).toEqual([
    [taken[3], "the newest"],
    [taken[2], "the newest verified one"],
    [taken[0], "held"],
  ]);
  expect(await applySnapshotCleanup(app, plan)).toMatchObject({
    removed: [{ id: taken[1] }],
    held: [],
    failures: [],
  });
  expect(await readSnapshotStatus(app)).toMatchObject({ snapshots: 3 });
});

test("restore --snapshot takes a snapshot of what is replaced, and none where nothing is", async () => {
  const changed = readFileSync(memory(), "utf8");
  const elsewhere = ["restore", taken[3] ?? "", "--snapshot", "--target", user.join("elsewhere")];
  expect((await program.run(...elsewhere)).stderr).toContain("so no snapshot is taken first");
  await program.json(["restore", taken[3] ?? "", "--snapshot", "--yes"]);
  expect(readFileSync(memory(), "utf8")).not.toBe(changed);
  const { backups } = await program.json<{ backups: Taken[] }>([
    ...["list", "--tag", "clawback:before-restore"],
  ]);
  expect(backups).toHaveLength(1);
  const before = await program.run("cat", backups[0]?.id ?? "", "workspace/MEMORY.md");
  expect(before.stdout).toBe(changed);
});

test("the help does not show these names, and a word that is none of them is refused", async () => {
  const { stdout } = await program.run("snapshot", "--help");
  expect(stdout).not.toMatch(/cleanup|rollback|\[command\]/);
  const { code, stderr } = await program.run("snapshot", "lst");
  expect(code).toBe(2);
  expect(stderr).toContain("see: clawback snapshot --help");
  const wrong = await program.run("snapshot", "status", "--nonsense");
  expect(wrong.stderr).toContain("see: clawback snapshot status --help");
});
