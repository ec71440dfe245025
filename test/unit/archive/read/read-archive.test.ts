import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createArchiveAudit, readArchive } from "../../../../lib/archive/index.ts";
import {
  dirInput,
  fileInput,
  hardlinkInput,
  ROOT,
  readWhole,
  STATE,
  symlinkInput,
  writeInputs,
} from "../../../helpers/archive-inputs.ts";
import { chunksOf, readAll } from "../../../helpers/chunks.ts";

const BIG = Buffer.from(Array.from({ length: 1_200_000 }, (_, i) => (i * 7) % 253));
const INPUTS = [
  fileInput("openclaw.json", "{}", { mode: 0o600, class: "config" }),
  dirInput("ws", 0o2775),
  fileInput("ws/C:x", "1", { mode: 0o4755 }),
  fileInput("ws/Foo", "2"),
  fileInput("ws/foo", "3"),
  fileInput(`ws/${"\udcfe".repeat(200)}`, "4"),
  hardlinkInput("ws/hard", `ws/${"\udcfe".repeat(200)}`),
  symlinkInput("ws/bytes", "x\udcff"),
  symlinkInput("ws/out", "/etc/passwd"),
  symlinkInput("ws/long", "語".repeat(300)),
  fileInput("ws/none", "", { mode: 0 }),
  fileInput("ws/big", BIG),
  fileInput("state/openclaw.sqlite", "raw", { damaged: true }),
];
const small = writeInputs(
  INPUTS.filter((input) => input.type !== "file" || input.sizeBytes < 1000),
);
const whole = writeInputs(INPUTS);

describe("readArchive", () => {
  test("gives back what was written, with its own names, in order", async () => {
    const { bytes } = await whole;
    const { entries, contents, findings } = await readWhole(bytes);
    expect(findings).toEqual([]);
    const listedOnly = INPUTS.filter(
      (input) => input.type === "symlink" && input.target.length === 300,
    );
    const expected = [
      dirInput("", 0o700),
      ...INPUTS.filter((each) => !listedOnly.includes(each)),
      ...listedOnly,
    ];
    expect(entries.map(({ entry }) => entry.path)).toEqual(
      expected.map((input) => "path" in input && input.path),
    );
    for (const [i, { entry, content }] of entries.entries()) {
      const input = expected[i] as Extract<(typeof INPUTS)[number], { type: "file" }>;
      expect(entry).toMatchObject({
        type: input.type,
        role: input.damaged ? "damaged" : "payload",
        mode: input.mode & (entry.storedPath === "" ? 0o7777 : 0o777),
        target: (input as { target?: string }).target,
      });
      if (input.type === "file") expect(content.equals(input.content as Buffer)).toBe(true);
    }
    expect(contents).toMatchObject({
      ...{ kind: "clawback", archiveRoot: ROOT, createdAt: "2026-11-21T03:00:00.000Z" },
      ...{ runtimeVersion: "2026.9.6", stateDir: STATE, configPath: `${STATE}/openclaw.json` },
      ...{ entries: entries.length, clawback: { id: "20261121T030000Z-aaaaaa" } },
    });
    expect(contents.fileList?.entries.find(({ path }) => path.endsWith("C:x"))?.mode).toBe(0o4755);
  });

  test.each([1, 511, 513])("reads in chunks of %d bytes as it does in one", async (chunkSize) => {
    const { bytes } = await small;
    expect(await readWhole(bytes, { chunkSize })).toEqual(await readWhole(bytes));
    expect(await readWhole(gunzipSync(bytes), { chunkSize })).toEqual(await readWhole(bytes));
  });

  test("takes the same archive as zstd and as a plain tar", async () => {
    const { bytes } = await whole;
    const tar = gunzipSync(bytes);
    for (const form of [tar, zstdCompressSync(tar), gzipSync(tar)]) {
      expect((await readWhole(form)).findings).toEqual([]);
    }
  });

  test("refuses an archive cut anywhere", async () => {
    const { bytes } = await small;
    for (let end = 0; end < bytes.length; end += 1 + (end % 23)) {
      await expect(readWhole(bytes.subarray(0, end))).rejects.toMatchObject({
        code: expect.stringMatching(/data-corrupt|data-missing|unsupported-format/),
      });
    }
    const tar = gunzipSync(bytes);
    for (let end = 0; end < tar.length - 1024; end += 1700) {
      await expect(readWhole(tar.subarray(0, end))).rejects.toMatchObject({
        code: expect.stringMatching(/data-corrupt|data-missing|unsupported-format/),
      });
    }
  });

  test("notices every flipped bit of what is stored", async () => {
    const { bytes } = await small;
    const tar = gunzipSync(bytes);
    const before = await readWhole(tar);
    for (let at = 0; at < tar.length - 1024; at += 79) {
      const flipped = Buffer.from(tar);
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
      const outcome = await readWhole(flipped).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ name: "BackupError" });
        continue;
      }
      // Without gzip's checksum only padding may change unseen.
      const read = outcome as typeof before;
      if (read.findings.length === 0) expect(read.entries).toEqual(before.entries);
    }
    for (let at = 0; at < bytes.length; at += 29) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 4;
      const outcome = await readWhole(flipped).catch((error: unknown) => error);
      const isNoticed = outcome instanceof Error || (outcome as typeof before).findings.length > 0;
      // Time, extra flags and system in a gzip header mean nothing.
      if (!isNoticed) expect((outcome as typeof before).entries).toEqual(before.entries);
    }
  });

  test("skips contents that nobody reads", async () => {
    const { bytes } = await whole;
    const paths: string[] = [];
    for await (const entry of readArchive(chunksOf(bytes))) {
      paths.push(entry.path);
      if (entry.path.endsWith("big")) for await (const _ of entry.body) break;
    }
    expect(paths.length).toBe(INPUTS.length + 1);
  });

  test("gives a content once, and none after the next entry", async () => {
    const { bytes } = await whole;
    let past: AsyncIterable<Uint8Array> | undefined;
    for await (const { path, body } of readArchive(chunksOf(bytes))) {
      if (path.endsWith("openclaw.json")) {
        expect((await readAll(body)).length).toBe(2);
        expect((await readAll(body)).length).toBe(0);
      }
      if (path.endsWith("big")) past = body;
    }
    await expect(readAll(past ?? chunksOf(bytes))).rejects.toMatchObject({ code: "internal" });
  });

  test("gives a first chunk from which a format can be told, however its input comes", async () => {
    const { bytes } = await writeInputs([
      fileInput("a", "SQLite format 3\0"),
      fileInput("b", BIG.subarray(0, 10_000)),
    ]);
    const first: number[] = [];
    for await (const { type, body } of readArchive(chunksOf(gunzipSync(bytes), 7))) {
      for await (const chunk of body) {
        if (type === "file") first.push(chunk.length);
        break;
      }
    }
    expect(first).toEqual([16, 4096]);
  });

  test("has no contents before its end", async () => {
    const { bytes } = await small;
    const reader = readArchive(chunksOf(bytes));
    expect(() => reader.contents()).toThrow(expect.objectContaining({ code: "internal" }));
    for await (const _ of reader) break;
    expect(() => reader.contents()).toThrow(expect.objectContaining({ code: "internal" }));
  });

  test("passes on what its source throws, closes it when its consumer leaves, and stops at its signal", async () => {
    const { bytes } = await whole;
    const failure = new Error("connection lost");
    const failing = (async function* () {
      yield bytes.subarray(0, 1000);
      throw failure;
    })();
    const take = async (reader: AsyncIterable<unknown>) => {
      for await (const _ of reader);
    };
    await expect(take(readArchive(failing))).rejects.toBe(failure);
    let isClosed = false;
    const source = (async function* () {
      try {
        yield* chunksOf(bytes, 1000);
      } finally {
        isClosed = true;
      }
    })();
    for await (const _ of readArchive(source)) break;
    expect(isClosed).toBe(true);
    const signal = AbortSignal.abort();
    await expect(take(readArchive(chunksOf(bytes), { signal }))).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  test.each([
    ["entries", { maxEntries: 5 }],
    ["bytes", { maxBytes: 1000 }],
    ["path bytes", { maxPathBytes: 90 }],
    ["depth", { maxDepth: 6 }],
    ["manifest bytes", { maxManifestBytes: 100 }],
  ])("stops at its limit of %s", async (_, limits) => {
    const { bytes } = await whole;
    await expect(readWhole(bytes, { limits })).rejects.toMatchObject({ code: "limit-exceeded" });
  });
});

describe("createArchiveAudit", () => {
  test("finds a content that is not the listed one", async () => {
    const { bytes } = await small;
    const tar = gunzipSync(bytes);
    const at = tar.indexOf("\0{}\0") + 1;
    tar[at] = 0x5b;
    const { findings } = await readWhole(tar);
    expect(findings).toEqual([
      {
        code: "data-corrupt",
        path: `payload/posix${STATE}/openclaw.json`,
        message: expect.stringContaining("SHA-256"),
      },
    ]);
  });

  test("finds an entry that is missing, one that was added, and an exchanged list", async () => {
    const first = gunzipSync((await writeInputs([fileInput("a", "1"), fileInput("b", "2")])).bytes);
    const entry = (name: string) => first.indexOf(`${ROOT}/payload/posix${STATE}/${name}\0`);
    const without = Buffer.concat([first.subarray(0, entry("a")), first.subarray(entry("b"))]);
    expect((await readWhole(without)).findings).toMatchObject([
      { code: "data-missing", path: `payload/posix${STATE}/a` },
    ]);
    const other = gunzipSync((await writeInputs([fileInput("a", "1")])).bytes);
    const mixed = Buffer.concat([
      first.subarray(0, first.indexOf(`${ROOT}/clawback/files.jsonl`)),
      other.subarray(other.indexOf(`${ROOT}/clawback/files.jsonl`)),
    ]);
    expect((await readWhole(mixed)).findings).toMatchObject([
      { code: "manifest-mismatch", path: `payload/posix${STATE}/b` },
    ]);
    const exchanged = Buffer.from(first);
    exchanged.write('"media"', exchanged.indexOf('"other"'));
    expect((await readWhole(exchanged)).findings).toMatchObject([
      { code: "manifest-mismatch", message: expect.stringContaining("file list") },
    ]);
  });

  test("finds that our own beginning is missing", async () => {
    const { bytes } = await small;
    const { contents, findings } = await readWhole(gunzipSync(bytes).subarray(512));
    expect([contents.kind, contents.clawback]).toEqual(["openclaw", undefined]);
    expect(findings).toMatchObject([
      { code: "manifest-mismatch", message: expect.stringContaining("begin") },
    ]);
  });

  test("finds a mode and a time that are not the listed ones", async () => {
    const { bytes } = await writeInputs([fileInput("a", "1", { mode: 0 })]);
    const tar = gunzipSync(bytes);
    tar.write("7", tar.indexOf("CLAWBACK.mode=0") + 14);
    const at = tar.indexOf(`${ROOT}/payload/posix${STATE}/\0`);
    const header = tar.subarray(at, at + 512);
    header.write("7", 146);
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    expect((await readWhole(tar)).findings).toMatchObject([
      {
        code: "manifest-mismatch",
        path: `payload/posix${STATE}`,
        message: expect.stringContaining("time"),
      },
      {
        code: "manifest-mismatch",
        path: `payload/posix${STATE}/a`,
        message: "has mode 0007, listed as 0000",
      },
    ]);
  });

  test("takes what the caller hashed itself", async () => {
    const { bytes } = await small;
    const reader = readArchive(chunksOf(bytes));
    const audit = createArchiveAudit();
    for await (const entry of reader) audit.note(entry, { sizeBytes: 0, sha256: "0".repeat(64) });
    const codes = new Set(audit.findings(reader.contents()).map(({ code }) => code));
    expect(codes).toEqual(new Set(["data-corrupt"]));
  });

  test("says when a content was not read", async () => {
    const { bytes } = await small;
    const reader = readArchive(chunksOf(bytes));
    const audit = createArchiveAudit();
    for await (const entry of reader) audit.watch(entry);
    expect(audit.findings(reader.contents())[0]).toMatchObject({ code: "data-missing" });
  });
});
