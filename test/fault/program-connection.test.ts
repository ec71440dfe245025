import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf, type GuardedUser, guardedUser, saidBefore } from "../helpers/guarded-user.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { describeWith } from "../helpers/parts.ts";
import { type Rule, type ScriptedS3, startScriptedS3 } from "../helpers/scripted-s3.ts";

const BUCKET = "backups";
const MIB = 1 << 20;

describeWith(["minio", "mc"], "a connection to S3 that fails", () => {
  let minio: Minio;
  let folders = 0;
  beforeAll(async () => {
    minio = await startMinio();
    await minio.mc("mb", `test/${BUCKET}`);
  });
  afterAll(() => minio?.[Symbol.asyncDispose]());

  interface Setting extends AsyncDisposable {
    readonly t: GuardedUser;
    readonly server: ScriptedS3;
  }

  /** A user whose storage `bad` is the same place as `good`, by way of a server that fails by script. */
  async function setUp(...script: Rule[]): Promise<Setting> {
    const place = { minio, bucket: BUCKET, prefix: `folder-${++folders}` };
    const t = await guardedUser({
      minio,
      addStorage: (userHome) => addMinioStorage({ ...place, userHome, id: "good" }),
      // Three parts.
      prepare: (stateDir) =>
        writeFileSync(join(stateDir, "workspace", "noise.bin"), randomBytes(13 * MIB)),
    });
    const server = await startScriptedS3(script, minio.endpoint);
    const { endpoint } = server;
    await addMinioStorage({ ...place, endpoint, userHome: t.user.path, id: "bad" });
    return {
      t,
      server,
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await t[Symbol.asyncDispose]();
      },
    };
  }

  /** Creates through the server, which must succeed and leave one backup more, and gives what was said meanwhile. */
  async function createInSpite({ t }: Setting): Promise<string[]> {
    const finished = await t.program.run("create", "--storage", "bad");
    const id = /^backup (\S+) is in /m.exec(finished.stdout)?.[1];
    expect({ code: finished.code, id }).toEqual({ code: 0, id: expect.any(String) });
    await t.expectNothingLost(id === undefined ? [] : [id]);
    return saidBefore(finished);
  }

  const WAITS = /; trying again in \d+\.\d s$/;

  test("a connection that is reset in the middle of a part costs that part only, and is told", async () => {
    const act = { resetAfterRequestBytes: MIB };
    await using s = await setUp({ on: "UploadPart", times: 2, act });
    const said = await createInSpite(s);
    expect(said.map((line) => line.replace(WAITS, "; …"))).toEqual(
      Array.from(
        { length: 2 },
        () => "warning: s3://backups cannot be reached: the connection broke (ECONNRESET); …",
      ),
    );
    const parts = s.server.seen.filter(({ operation }) => operation === "UploadPart");
    expect(parts).toHaveLength(3 + 2);
  });

  test("503 for a while is waited out, and told each time", async () => {
    await using s = await setUp(
      { on: "UploadPart", times: 2, act: { error: "SlowDown", status: 503 } },
      { on: "PutObject", times: 2, act: { error: "ServiceUnavailable", status: 503 } },
      { on: "ListObjects", act: { error: "InternalError", status: 500 } },
    );
    const said = await createInSpite(s);
    expect(said).toHaveLength(5);
    for (const line of said) expect(line).toMatch(WAITS);
    expect(said[0]).toMatch(/^warning: s3:\/\/backups: the service asks to slow down \(SlowDown\)/);
  });

  test("a completion whose answer is lost has happened: one backup, and nothing aborted", async () => {
    await using s = await setUp({ on: "CompleteMultipartUpload", act: "lose-answer" });
    expect(await createInSpite(s)).toHaveLength(1);
  });

  test.each([
    ["the file list", 1],
    ["backup.json, the commit", 2],
  ])(
    "a conditional put of %s whose answer is lost has happened: one backup, no conflict",
    async (_what, nth) => {
      await using s = await setUp({ on: "PutObject", nth, act: "lose-answer" });
      expect(await createInSpite(s)).toHaveLength(1);
      const puts = s.server.seen.filter(({ operation }) => operation === "PutObject");
      expect(puts.map(({ headers }) => headers["if-none-match"])).toEqual(["*", "*", "*"]);
    },
  );

  test("a commit that is refused leaves no backup and none of its objects", async () => {
    await using s = await setUp({
      on: "PutObject",
      nth: 2,
      act: { error: "InvalidRequest", status: 400 },
    });
    const { t } = s;
    const failure = failureOf(await t.program.run("create", "--storage", "bad"));
    expect(failure).toMatchObject({ code: 1, stdout: "" });
    expect(failure.message).toMatch(/backup\.json": PutObject was refused: InvalidRequest/);
    await t.expectNothingLost();
    const keys = await minio.mc("ls", "--recursive", `test/${BUCKET}/folder-${folders}`);
    const folder = /archives\/([^/]+)\//;
    const ids = new Set(keys.split("\n").flatMap((line) => folder.exec(line)?.[1] ?? []));
    expect([...ids]).toEqual([t.earlier]);
  });

  test.each([
    ["verify", "latest"],
    ["restore", "latest", "--target", "look"],
  ])("a download for %s that breaks off goes on where it was", async (...command) => {
    await using s = await setUp({
      on: "GetObject",
      nth: 3,
      times: 6,
      act: { resetAfterBytes: MIB },
    });
    const { t } = s;
    const finished = await t.program.run(...command, "--storage", "bad");
    expect(finished.code).toBe(0);
    expect(finished.stderr).toMatch(/the connection broke.*; trying again in/);
    const resumed = s.server.seen.filter(({ headers }) => headers.range !== undefined);
    expect(resumed.length).toBeGreaterThan(1);
    await t.expectNothingLost();
  });
});
