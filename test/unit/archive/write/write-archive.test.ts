import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  type ArchiveInput,
  type Omission,
  parseFileList,
  writeArchive,
} from "../../../../lib/archive/index.ts";
import {
  dirInput,
  fileInput,
  hardlinkInput,
  manifestInput,
  ROOT,
  readWhole,
  STATE,
  symlinkInput,
  writeInputs,
} from "../../../helpers/archive-inputs.ts";
import { chunksOf, readAll } from "../../../helpers/chunks.ts";

const CHANGED: Omission = { path: `${STATE}/a`, reason: "changed", detail: "grew" };

async function* stream(body: Uint8Array, chunkSize = 100_000): AsyncGenerator<Uint8Array> {
  yield* chunksOf(body, chunkSize);
}

function listOf({ summary }: Awaited<ReturnType<typeof writeInputs>>) {
  return parseFileList(summary.fileListGz, { maxBytes: 100_000_000 });
}

function manifestOf(bytes: Buffer): Record<string, never> {
  const tar = gunzipSync(bytes).toString("latin1");
  const start = tar.lastIndexOf("{", tar.lastIndexOf('"schemaVersion"'));
  return JSON.parse(tar.slice(start, tar.indexOf("\0", start)));
}

describe("writeArchive", () => {
  test("gives the same bytes for the same input", async () => {
    const inputs = [dirInput("a"), fileInput("a/b", "hello"), symlinkInput("a/c", "b")];
    const [first, second] = [await writeInputs(inputs), await writeInputs(inputs)];
    expect(first.bytes.equals(second.bytes)).toBe(true);
    expect(Buffer.from(first.summary.fileListGz).equals(second.summary.fileListGz)).toBe(true);
  });

  test("puts our marker first, the file list before the manifest, the manifest last", async () => {
    const { bytes } = await writeInputs([fileInput("b", "1")]);
    const tar = gunzipSync(bytes);
    const names: string[] = [];
    for (let at = 0; tar[at] !== 0; ) {
      const field = (start: number, length: number) =>
        tar.toString("latin1", at + start, at + start + length).replace(/\0.*$/s, "");
      names.push([field(345, 155), field(0, 100)].filter(Boolean).join("/"));
      at += 512 + Math.ceil(Number.parseInt(field(124, 12), 8) / 512) * 512;
    }
    expect(names).toEqual([
      `${ROOT}/clawback/`,
      `${ROOT}/payload/posix${STATE}/`,
      `${ROOT}/payload/posix${STATE}/b`,
      `${ROOT}/clawback/files.jsonl`,
      `${ROOT}/manifest.json`,
    ]);
  });

  test("sums up what it stored", async () => {
    const { summary } = await writeInputs([
      fileInput("a", "hello"),
      hardlinkInput("b", "a"),
      symlinkInput("c", "a"),
      { type: "omission", omission: { ...CHANGED, path: `${STATE}/z` } },
    ]);
    expect(summary).toMatchObject({ files: 2, bytes: 5, omissions: [{ path: `${STATE}/z` }] });
  });

  test("begins a gzip member where the list says that a file's header is", async () => {
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3));
    const inputs = Array.from({ length: 30 }, (_, i) =>
      fileInput(`f${i}`, noise.subarray(0, (i % 7) * 50_000 + i), {}),
    );
    inputs.push(fileInput("big", Buffer.alloc(5_000_000, 1)), fileInput("last", "x"));
    const written = await writeInputs(inputs);
    for (const entry of listOf(written).entries.filter(({ type }) => type === "file")) {
      const offset = entry.memberOffset ?? -1;
      // From there on it is a gzip file of its own, whose tar begins with a header.
      const tar = gunzipSync(written.bytes.subarray(offset));
      expect(tar.toString("latin1", 257, 262)).toBe("ustar");
      expect(tar.includes(Buffer.from(entry.path.slice(-30)))).toBe(true);
    }
  });

  test("stores a stream whose announced size is right", async () => {
    const body = Buffer.from(Array.from({ length: 2_500_000 }, (_, i) => i % 251));
    const { bytes, summary } = await writeInputs([
      fileInput("a", "", { content: stream(body), sizeBytes: body.length }),
    ]);
    const { entries, findings } = await readWhole(bytes);
    expect(entries.at(-1)?.content.equals(body)).toBe(true);
    expect([findings, summary.bytes]).toEqual([[], body.length]);
  });

  test.each([
    ["small", 1000],
    ["large", 2_000_000],
  ])("cuts a %s stream that gives more than was announced", async (_, sizeBytes) => {
    const body = Buffer.alloc(sizeBytes + 5000, 7);
    let isClosed = false;
    const content = (async function* () {
      try {
        yield* chunksOf(body, 900);
      } finally {
        isClosed = true;
      }
    })();
    const { bytes, summary } = await writeInputs([fileInput("a", "", { content, sizeBytes })]);
    const { entries, findings } = await readWhole(bytes);
    expect(entries.at(-1)?.content.equals(body.subarray(0, sizeBytes))).toBe(true);
    expect([findings, summary.omissions, isClosed]).toEqual([[], [], true]);
  });

  test("fills a large stream that gives less with zeros, and says so even when nobody else does", async () => {
    const content = stream(Buffer.alloc(1_500_000, 7));
    const written = await writeInputs([
      fileInput("a", "", { content, sizeBytes: 2_000_000 }),
      fileInput("b", "next"),
    ]);
    expect(written.summary.omissions).toEqual([
      {
        path: `${STATE}/a`,
        reason: "changed",
        detail: expect.stringContaining("1500000 of 2000000"),
      },
    ]);
    expect(written.summary.files).toBe(1);
    const list = listOf(written);
    expect(list.entries.find(({ path }) => path.endsWith("/a"))?.incomplete).toBe(true);
    expect(list.omissions).toEqual(written.summary.omissions);
    const { entries, findings } = await readWhole(written.bytes);
    expect(findings).toEqual([]);
    expect(
      entries
        .at(-2)
        ?.content.subarray(1_500_000)
        .every((byte) => byte === 0),
    ).toBe(true);
    expect(entries.at(-1)?.content.toString()).toBe("next");
  });

  test("stores a small stream that gives less as long as it is", async () => {
    const { bytes, summary } = await writeInputs([
      fileInput("a", "", { content: stream(Buffer.from("abc")), sizeBytes: 10 }),
    ]);
    const { entries } = await readWhole(bytes);
    expect([entries.at(-1)?.content.toString(), summary.omissions]).toEqual(["abc", []]);
  });

  test("leaves a small file out whose content turned out not to be the file", async () => {
    const settle = () => CHANGED;
    const written = await writeInputs([
      fileInput("a", "half", { settle }),
      hardlinkInput("b", "a"),
      fileInput("c", "x"),
    ]);
    const { entries, findings } = await readWhole(written.bytes);
    expect(entries.map(({ entry }) => entry.path)).toEqual([STATE, `${STATE}/c`]);
    expect(findings).toEqual([]);
    expect(written.summary.omissions).toEqual([
      CHANGED,
      { path: `${STATE}/b`, reason: "changed", detail: expect.stringContaining(`${STATE}/a`) },
    ]);
  });

  test("asks a large stream's settle only after its content was read", async () => {
    let hasEnded = false;
    const content = (async function* () {
      yield* chunksOf(Buffer.alloc(2_000_000));
      hasEnded = true;
    })();
    const settle = () => (hasEnded ? undefined : CHANGED);
    const { summary } = await writeInputs([
      fileInput("a", "", { content, sizeBytes: 2_000_001, settle }),
    ]);
    expect([summary.files, summary.omissions[0]?.reason]).toEqual([0, "changed"]);
    expect(hasEnded).toBe(true);
  });

  test("stores raw bytes of a damaged database aside", async () => {
    const { bytes } = await writeInputs([
      fileInput("state/openclaw.sqlite", "junk", { damaged: true }),
    ]);
    const { entries, findings } = await readWhole(bytes);
    expect(entries.at(-1)?.entry).toMatchObject({
      role: "damaged",
      path: `${STATE}/state/openclaw.sqlite`,
      storedPath: `${ROOT}/clawback/damaged${STATE}/state/openclaw.sqlite`,
    });
    expect(findings).toEqual([]);
  });

  test("lists an asset of which nothing is stored as skipped", async () => {
    const assets = [
      { kind: "state", sourcePath: STATE },
      { kind: "workspace", sourcePath: "/srv/ws" },
      { kind: "config", sourcePath: `${STATE}/openclaw.json` },
    ];
    const { bytes } = await writeInputs([fileInput("/srv/wsx", "")], { manifest: { assets } });
    expect(manifestOf(bytes)).toMatchObject({
      assets: [{ kind: "state", sourcePath: STATE, archivePath: `${ROOT}/payload/posix${STATE}` }],
      skipped: [
        { kind: "workspace", sourcePath: "/srv/ws", reason: "missing" },
        { kind: "config", reason: "missing" },
      ],
    });
  });

  test("names a state directory of an odd name so that OpenClaw finds it", async () => {
    const stateDir = "/srv/C:x/.openclaw";
    const manifest = {
      paths: { ...manifestInput().paths, stateDir },
      assets: [{ kind: "state", sourcePath: stateDir }],
    };
    const { bytes } = await writeInputs([dirInput(stateDir), fileInput(`${stateDir}/a`, "1")], {
      manifest,
    });
    const stored = "/srv/clawback~%43%3ax/.openclaw";
    expect(manifestOf(bytes)).toMatchObject({
      paths: { stateDir: stored },
      assets: [
        { sourcePath: stored, ownPath: stateDir, archivePath: `${ROOT}/payload/posix${stored}` },
      ],
    });
    const { contents } = await readWhole(bytes);
    expect(contents).toMatchObject({ stateDir, assets: [{ sourcePath: stateDir }] });
  });

  test("keeps the manifest below a mebibyte, and gives the links it cannot list all the same", async () => {
    const links = Array.from({ length: 8000 }, (_, i) =>
      symlinkInput(`link${i}`, `/elsewhere/${i}`),
    );
    const { bytes } = await writeInputs(links);
    const manifest = JSON.stringify(manifestOf(bytes));
    expect(manifest.length).toBeLessThan(1_048_576);
    const { entries, findings } = await readWhole(bytes);
    expect(findings).toEqual([]);
    expect(entries.length).toBe(8001);
    expect(entries.filter(({ entry }) => entry.storedPath === "").length).toBeGreaterThan(100);
    expect(
      entries.every(({ entry }, i) => i === 0 || entry.target?.startsWith("/elsewhere/")),
    ).toBe(true);
  });

  test("shortens a long list of skipped paths, and refuses too many roots", async () => {
    const skipped = Array.from({ length: 20_000 }, (_, i) => ({
      kind: "x",
      sourcePath: `/x/${i}`,
      reason: "missing",
    }));
    const { bytes } = await writeInputs([], { manifest: { skipped } });
    const manifest = manifestOf(bytes) as unknown as {
      skipped: unknown[];
      clawback: { skippedNotListed: number };
    };
    expect(manifest.skipped.length + manifest.clawback.skippedNotListed).toBe(20_000);
    const assets = Array.from({ length: 20_000 }, (_, i) => ({ kind: "x", sourcePath: `/x/${i}` }));
    await expect(writeInputs([], { manifest: { assets } })).rejects.toMatchObject({
      code: "limit-exceeded",
    });
  });

  test("leaves agent roots out of the manifest that OpenClaw would refuse", async () => {
    const agentRoots = [
      { agentId: "main", sourcePath: "/a" },
      { agentId: "Main", sourcePath: "/b" },
      { agentId: "main", sourcePath: "/c" },
      { agentId: "other", sourcePath: "/a" },
      { agentId: "rel", sourcePath: "a" },
      { agentId: "odd", sourcePath: "/a/../b" },
    ];
    const { bytes } = await writeInputs([], {
      manifest: { paths: { ...manifestInput().paths, agentRoots } },
    });
    expect(manifestOf(bytes)).toMatchObject({
      paths: { agentRoots: [{ agentId: "main", sourcePath: "/a" }] },
    });
  });

  test.each([
    [{ compressionLevel: 10 }],
    [{ compressionLevel: 1.5 }],
    [{ manifest: { archiveRoot: "a/b" } }],
    [{ manifest: { archiveRoot: ".." } }],
    [{ manifest: { paths: { ...manifestInput().paths, stateDir: "relative" } } }],
  ])("refuses %j", async (options) => {
    await expect(writeInputs([], options as never)).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });

  test("has no summary before its end", () => {
    const stream = writeArchive((async function* () {})(), { manifest: manifestInput() });
    expect(() => stream.summary()).toThrow(expect.objectContaining({ code: "internal" }));
  });
});

describe("writeArchive, when something goes wrong,", () => {
  const failure = new Error("the source failed");

  test("passes on what the source throws", async () => {
    const inputs = (async function* (): AsyncGenerator<ArchiveInput> {
      yield fileInput("a", "1");
      throw failure;
    })();
    await expect(writeInputs(inputs)).rejects.toBe(failure);
  });

  test.each([1000, 3_000_000])("passes on what a content of %d bytes throws", async (sizeBytes) => {
    const content = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(500);
      throw failure;
    })();
    const inputs = [
      fileInput("a", "1"),
      fileInput("b", "", { content, sizeBytes }),
      fileInput("c", ""),
    ];
    await expect(writeInputs(inputs)).rejects.toBe(failure);
  });

  test("closes the source when its consumer leaves", async () => {
    let isClosed = false;
    const inputs = (async function* (): AsyncGenerator<ArchiveInput> {
      try {
        for (let i = 0; ; i++) yield fileInput(`f${i}`, Buffer.alloc(100_000, i));
      } finally {
        isClosed = true;
      }
    })();
    for await (const _ of writeArchive(inputs, { manifest: manifestInput() })) break;
    expect(isClosed).toBe(true);
  });

  test("closes a large content when its consumer leaves", async () => {
    let isClosed = false;
    const content = (async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(100_000, 1);
      } finally {
        isClosed = true;
      }
    })();
    const inputs = (async function* (): AsyncGenerator<ArchiveInput> {
      yield fileInput("a", "", { content, sizeBytes: 1_000_000_000 });
    })();
    for await (const _ of writeArchive(inputs, { manifest: manifestInput() })) break;
    expect(isClosed).toBe(true);
  });

  test("stops at its signal", async () => {
    const controller = new AbortController();
    const inputs = (async function* (): AsyncGenerator<ArchiveInput> {
      for (let i = 0; ; i++) {
        if (i === 50) controller.abort();
        yield fileInput(`f${i}`, Buffer.alloc(10_000, i));
      }
    })();
    const stream = writeArchive(inputs, { manifest: manifestInput(), signal: controller.signal });
    await expect(readAll(stream)).rejects.toMatchObject({ code: "cancelled" });
  });

  test("reads no further ahead than a few mebibytes when its consumer is slow", async () => {
    let given = 0;
    const inputs = (async function* (): AsyncGenerator<ArchiveInput> {
      for (let i = 0; i < 100; i++) {
        given += 500_000;
        yield fileInput(`f${i}`, Buffer.alloc(500_000, i));
      }
    })();
    for await (const _ of writeArchive(inputs, { manifest: manifestInput() })) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      break;
    }
    expect(given).toBeLessThan(15_000_000);
  });
});
