import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MIB, systemClock } from "../../../lib/base/index.ts";
import {
  type ObjectStorage,
  openS3Storage,
  type S3StorageOptions,
  withRetry,
} from "../../../lib/storage/index.ts";
import { collect, readAll } from "../../helpers/chunks.ts";
import { type Minio, startMinio } from "../../helpers/minio.ts";
import { describeWith } from "../../helpers/parts.ts";
import { createBucket, s3Options } from "../../helpers/s3.ts";
import { type Rule, type ScriptedS3, startScriptedS3 } from "../../helpers/scripted-s3.ts";

const body = randomBytes(5 * MIB + 77);

describeWith("minio", "a download from S3 that meets failures", () => {
  let minio: Minio;
  let bucket: string;
  let direct: ObjectStorage;
  beforeAll(async () => {
    minio = await startMinio();
    bucket = await createBucket(minio);
    direct = await openS3Storage(s3Options(minio, bucket));
    await direct.put("object", body);
  });
  afterAll(async () => {
    await direct?.[Symbol.asyncDispose]();
    await minio?.[Symbol.asyncDispose]();
  });

  interface Setting extends AsyncDisposable {
    readonly server: ScriptedS3;
    readonly storage: ObjectStorage;
    /** Range headers of the downloads made. */
    ranges(): unknown[];
  }

  async function setUp(
    script: readonly Rule[],
    more: Partial<S3StorageOptions> = {},
  ): Promise<Setting> {
    const server = await startScriptedS3(script, minio.endpoint);
    const retry = { clock: systemClock, random: () => 0, attempts: 4 };
    const options = s3Options({ ...minio, endpoint: server.endpoint }, bucket, { retry, ...more });
    const storage = withRetry(await openS3Storage(options), retry);
    return {
      server,
      storage,
      ranges: () =>
        server.seen
          .filter(({ operation }) => operation === "GetObject")
          .map(({ headers }) => headers.range),
      async [Symbol.asyncDispose]() {
        await storage[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  test("goes on where the connection broke, as often as it takes", async () => {
    const script = [1, 2, 3, 4, 5, 6].map(
      (nth): Rule => ({ on: "GetObject", nth, act: { resetAfterBytes: 700_000 } }),
    );
    await using t = await setUp(script);
    const got = await readAll(t.storage.getStream("object"));
    expect(Buffer.compare(got, body)).toBe(0);
    // More breaks than attempts: those start anew with each chunk that arrives.
    expect(t.ranges()).toHaveLength(7);
    expect(t.ranges()[0]).toBeUndefined();
    for (const range of t.ranges().slice(1)) expect(range).toMatch(/^bytes=\d+-5242956$/);
    expect(t.server.seen[1]?.headers["if-match"]).toMatch(/^"/);
  });

  test("goes on within a range", async () => {
    await using t = await setUp([{ on: "GetObject", act: { resetAfterBytes: 500_000 } }]);
    const range = { offsetBytes: 1_000_000, lengthBytes: 2_000_000 };
    const got = await t.storage.get("object", 2_000_000, { range });
    expect(Buffer.compare(got, body.subarray(1_000_000, 3_000_000))).toBe(0);
    expect(t.ranges()[0]).toBe("bytes=1000000-2999999");
    expect(t.ranges()[1]).toMatch(/^bytes=1\d{6}-2999999$/);
  });

  test("notices a transfer that stalls, and goes on", async () => {
    await using t = await setUp([{ on: "GetObject", act: { stallAfterBytes: 1_500_000 } }], {
      timeouts: { downloadIdleMs: 300 },
    });
    expect(Buffer.compare(await readAll(t.storage.getStream("object")), body)).toBe(0);
    expect(t.ranges()).toHaveLength(2);
  });

  test("says so when it stalls for ever", async () => {
    await using t = await setUp([{ on: "GetObject", times: 99, act: { stallAfterBytes: 0 } }], {
      timeouts: { downloadIdleMs: 50 },
    });
    await expect(readAll(t.storage.getStream("object"))).rejects.toMatchObject({
      code: "storage-timeout",
      message: expect.stringContaining("gave nothing"),
    });
  });

  test("waits for a reader who takes longer than the idle limit", async () => {
    await using t = await setUp([], { timeouts: { downloadIdleMs: 50 } });
    const chunks: Uint8Array[] = [];
    for await (const chunk of t.storage.getStream("object")) {
      if (chunks.length < 3) await systemClock.sleep(120);
      chunks.push(chunk);
    }
    expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0);
    expect(t.ranges()).toHaveLength(1);
  });

  test("never joins two objects: one that was replaced meanwhile is corrupt", async () => {
    await direct.put("replaced", body);
    await using t = await setUp([{ on: "GetObject", act: { stallAfterBytes: 1_000_000 } }], {
      timeouts: { downloadIdleMs: 300 },
    });
    const reading = (async () => {
      for await (const chunk of t.storage.getStream("replaced")) {
        if (chunk.byteLength > 0) await direct.put("replaced", randomBytes(body.length));
      }
    })();
    await expect(reading).rejects.toMatchObject({
      code: "data-corrupt",
      message: expect.stringContaining("was replaced while it was read"),
    });
  });

  test("repeats what fails before the first byte", async () => {
    await using t = await setUp([
      { on: "GetObject", times: 2, act: { error: "SlowDown", status: 503 } },
    ]);
    expect(Buffer.compare(await readAll(t.storage.getStream("object")), body)).toBe(0);
    expect(t.ranges()).toHaveLength(3);
  });

  test("gives up after so many attempts without a byte", async () => {
    await using t = await setUp([
      { on: "GetObject", act: { resetAfterBytes: 1_000_000 } },
      { on: "GetObject", times: 99, act: { error: "InternalError", status: 500 } },
    ]);
    await expect(readAll(t.storage.getStream("object"))).rejects.toMatchObject({
      code: "storage-unavailable",
    });
    // The read that broke off was the first of four attempts.
    expect(t.ranges()).toHaveLength(4);
  });

  test("refuses a service that ignores ranges", async () => {
    const act = { status: 200, body: "x".repeat(100), headers: { etag: '"1"' } };
    await using t = await setUp([{ on: "GetObject", act }]);
    const range = { offsetBytes: 10, lengthBytes: 10 };
    await expect(t.storage.get("object", 100, { range })).rejects.toMatchObject({
      code: "storage-rejected",
      message: expect.stringContaining("does not answer with the range"),
    });
  });

  test("ends at once when it is cancelled in the middle", async () => {
    await using t = await setUp([{ on: "GetObject", act: { stallAfterBytes: 1_000_000 } }]);
    const control = new AbortController();
    const reading = readAll(t.storage.getStream("object", { signal: control.signal }));
    setTimeout(() => control.abort(), 100);
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
    expect(t.ranges()).toHaveLength(1);
  });

  test("goes on with a listing whose second page fails", async () => {
    const names = Array.from({ length: 1005 }, (_, n) => `many/${String(n).padStart(4, "0")}`);
    await Promise.all(names.map((name) => direct.put(name, Buffer.from("x"))));
    await using t = await setUp([
      { on: "ListObjects", nth: 2, times: 2, act: { error: "InternalError", status: 500 } },
    ]);
    const infos = await collect(t.storage.list("many/"));
    expect(infos.map(({ key }) => key)).toEqual(names);
  });
});
