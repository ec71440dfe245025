import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GuardedUser, guardedUser, strandedUploads } from "../helpers/guarded-user.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { describeWith } from "../helpers/parts.ts";
import { openPty } from "../helpers/pty.ts";
import { type RunningProgram, until } from "../helpers/running-program.ts";
import {
  type Rule,
  type S3Operation,
  type ScriptedS3,
  type SeenRequest,
  startScriptedS3,
} from "../helpers/scripted-s3.ts";

const BUCKET = "backups";
/** The request is taken and never answered. */
const SILENCE = { resetAfterRequestBytes: Number.POSITIVE_INFINITY };
const STOPPED = { code: 130, stdout: "" };
const SAID = "stopping; a second signal stops at once\n";

describeWith(["minio", "mc", "python3"], "an interrupt", () => {
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
    /** Starts a command on the storage `bad` and waits until it has made such a request. */
    startUntil(operation: S3Operation, ...args: string[]): Promise<RunningProgram>;
  }

  async function setUp(...script: Rule[]): Promise<Setting> {
    const place = { minio, bucket: BUCKET, prefix: `folder-${++folders}` };
    const t = await guardedUser({
      minio,
      addStorage: (userHome) => addMinioStorage({ ...place, userHome, id: "good" }),
      prepare: (stateDir) =>
        writeFileSync(`${stateDir}/workspace/noise.bin`, randomBytes(13 << 20)),
    });
    const server = await startScriptedS3(script, minio.endpoint);
    const { endpoint } = server;
    await addMinioStorage({ ...place, endpoint, userHome: t.user.path, id: "bad" });
    return {
      t,
      server,
      startUntil: async (operation, ...args) => {
        const running = t.start(...args, "--storage", "bad");
        await until(`${args[0]} makes a ${operation}`, () =>
          server.seen.some((request) => request.operation === operation),
        );
        return running;
      },
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await t[Symbol.asyncDispose]();
      },
    };
  }

  test.each(["SIGINT", "SIGTERM"] as const)(
    "by %s in the middle of an upload ends it in order and leaves nothing",
    async (signal) => {
      await using s = await setUp({ on: "UploadPart", nth: 2, times: 9, act: SILENCE });
      await using create = await s.startUntil("UploadPart", "create");
      create.signal(signal);
      const stderr = `${SAID}clawback: interrupted\n`;
      expect(await create.finished).toEqual({ ...STOPPED, stderr });
      await s.t.expectNothingLost();
    },
  );

  test("by the loss of its terminal ends it in order, and by SIGHUP without that does not", async () => {
    await using s = await setUp({ on: "UploadPart", nth: 2, times: 9, act: SILENCE });
    await using create = await s.startUntil("UploadPart", "create");
    create.signal("SIGHUP");
    await using terminal = openPty(["create", "--storage", "bad"], { userHome: s.t.user.path });
    const made = (wanted: S3Operation): number =>
      s.server.seen.filter(({ operation }) => operation === wanted).length;
    await until("create on the terminal uploads", () => made("CreateMultipartUpload") === 2);
    expect(create.process.exitCode).toBeNull();
    terminal.hangUp();
    await until("the upload is given up", () => made("AbortMultipartUpload") === 1);
    create.signal("SIGTERM");
    expect(await create.finished).toMatchObject(STOPPED);
    await s.t.expectNothingLost();
  });

  test("while a busy service is waited for ends the waiting", async () => {
    const busy = { error: "SlowDown", status: 503 };
    await using s = await setUp({ on: "ListObjects", times: 99, act: busy });
    await using list = await s.startUntil("ListObjects", "list");
    await until("list waits", () => list.said.split("trying again").length > 4);
    const started = performance.now();
    list.signal("SIGINT");
    expect(await list.finished).toMatchObject(STOPPED);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(list.said).toMatch(new RegExp(`${SAID}clawback: interrupted\n$`));
    await s.t.expectNothingLost();
  });

  test("a second time ends at once, whatever the first one still waits for", async () => {
    await using s = await setUp(
      { on: "UploadPart", times: 9, act: SILENCE },
      { on: "AbortMultipartUpload", times: 9, act: SILENCE },
    );
    await using create = await s.startUntil("UploadPart", "create");
    create.signal("SIGINT");
    await until("create gives up its upload", () =>
      s.server.seen.some(({ operation }) => operation === "AbortMultipartUpload"),
    );
    expect(create.process.exitCode).toBeNull();
    const started = performance.now();
    create.signal("SIGINT");
    expect(await create.finished).toEqual({ ...STOPPED, stderr: SAID });
    expect(performance.now() - started).toBeLessThan(2000);
    // What was left behind is nobody's backup, and gone with the next command where it is ours to remove.
    await s.t.program.json(["list", "--storage", "good"]);
    expect(readdirSync(`${s.t.home}/tmp`)).toEqual([]);
    expect(strandedUploads(minio).length).toBeGreaterThan(0);
    await minio.mc("rm", "--incomplete", "--recursive", "--force", `test/${BUCKET}`);
    await s.t.expectNothingLost();
  });

  test.each([
    ["in place", ["--yes"]],
    ["elsewhere", ["--target", "look"]],
  ])(
    "in the middle of a restore %s leaves what was there, and nothing else",
    async (_where, flags) => {
      await using s = await setUp({
        on: "GetObject",
        times: 99,
        act: { stallAfterBytes: 1 << 20 },
      });
      const isArchive = ({ path }: SeenRequest) => path.includes("/archive.tar.gz");
      await using restore = s.t.start("restore", "latest", ...flags, "--storage", "bad");
      await until("the archive is read", () => s.server.seen.some(isArchive));
      restore.signal("SIGINT");
      const stderr = `${SAID}clawback: interrupted\n`;
      expect(await restore.finished).toEqual({ ...STOPPED, stderr });
      expect(existsSync(s.t.user.join("look"))).toBe(false);
      await s.t.expectNothingLost();
    },
  );
});
