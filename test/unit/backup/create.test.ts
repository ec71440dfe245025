import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type CreateArchiveOptions, createArchive } from "../../../lib/backup/index.ts";
import {
  type BackupError,
  createBackupId,
  isBackupError,
  systemClock,
} from "../../../lib/base/index.ts";
import { resolveScope } from "../../../lib/capture/index.ts";
import { backupKeys, loadBackupRecord, openCatalog } from "../../../lib/catalog/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../../lib/storage/index.ts";
import { type Fault, faultyStorage } from "../../helpers/faulty-storage.ts";
import {
  type CaptureSetting,
  captureOptions,
  plainInstallation,
} from "../../helpers/plain-installation.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, type TreeLiteral, tree, writeTree } from "../../helpers/tree.ts";

const NOW = new Date("2026-11-21T03:00:00.000Z");

const STATE = tree({
  "openclaw.json": file('{ "gateway": {} }'),
  workspace: dir({ "MEMORY.md": file("remember"), "film.mp4": file("0123456789") }),
});

async function prepare(literal: TreeLiteral = STATE): Promise<TempDir> {
  const base = await tempDir();
  writeTree(base.join("state"), literal);
  mkdirSync(base.join("tmp"));
  return base;
}

function options(
  base: TempDir,
  overrides: Partial<CreateArchiveOptions> & { readonly setting?: CaptureSetting } = {},
): CreateArchiveOptions {
  const { setting, ...rest } = overrides;
  return {
    id: createBackupId(NOW),
    instance: "agent-1",
    now: NOW,
    destination: { type: "storage", id: "memory", storage: new MemoryStorage() },
    capture: captureOptions(plainInstallation(base.join("state")), base.join("tmp"), setting),
    openclaw: { version: "2026.9.6", schemaVersions: { state: 18, agent: 23 } },
    host: { name: "box", platform: "linux", nodeVersion: "v24.21.0" },
    clawbackVersion: "0.1.0",
    ...rest,
  };
}

async function keysIn(storage: ObjectStorage): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list("")) keys.push(key);
  return keys;
}

describe("an archive in a storage", () => {
  test("is archive, file list and record, and the catalog lists what the report says", async () => {
    await using base = await prepare();
    await using storage = new MemoryStorage();
    const destination = { type: "storage", id: "memory", storage } as const;
    const made = options(base, { destination, name: "nightly", tags: ["a", "b"] });
    const report = await createArchive(made);
    const keys = backupKeys("agent-1", made.id);
    expect(await keysIn(storage)).toEqual(
      [keys.archive, keys.fileList, keys.record, "clawback.json"].toSorted(),
    );
    expect(report).toMatchObject({
      id: made.id,
      kind: "archive",
      name: "nightly",
      instance: "agent-1",
      tags: ["a", "b"],
      storage: "memory",
      createdAt: "2026-11-21T03:00:00.000Z",
      files: 3,
      bytes: 35,
      sizeBytes: 35,
      databases: 0,
      degraded: false,
      encrypted: false,
      omissions: [],
      location: `memory/${keys.archive}`,
      scope: { full: true, onlyConfig: false, includeWorkspace: true },
    });
    const stored = await storage.get(keys.archive, 1e6);
    expect(stored.length).toBe(report.storedBytes);
    expect((await storage.get(keys.archive, 1e6)).length).toBe(report.storedBytes);
    const record = await loadBackupRecord(storage, "agent-1", made.id);
    expect(record).toMatchObject({
      archive: { name: "archive.tar.gz", sizeBytes: report.storedBytes, sha256: report.sha256 },
      fileList: { name: "files.jsonl.gz" },
      omissions: {},
      openclaw: { version: "2026.9.6", schemaVersions: { state: 18, agent: 23 } },
    });
    const list = gunzipSync(await storage.get(keys.fileList, 1e6)).toString();
    expect(list).toContain('"payload/posix');
  });

  test("holds in its record no file name", async () => {
    await using base = await prepare();
    await using storage = new MemoryStorage();
    const destination = { type: "storage", id: "memory", storage } as const;
    const made = options(base, { destination });
    await createArchive(made);
    const record = Buffer.from(await storage.get(backupKeys("agent-1", made.id).record, 1e6));
    expect(record.toString()).not.toMatch(/MEMORY|openclaw\.json|payload/);
  });

  test("records in its manifest what it set out to hold", async () => {
    await using base = await prepare();
    const chunks: Uint8Array[] = [];
    const write = async (chunk: Uint8Array) => void chunks.push(chunk);
    await createArchive(
      options(base, {
        destination: { type: "stream", write },
        setting: {
          file: { excluded_folders: ["node_modules"], max_file_size: 1000 },
          flags: { exclude: ["*.mp4"], include: ["keep.mp4"] },
        },
      }),
    );
    const tar = gunzipSync(Buffer.concat(chunks)).toString("latin1");
    const manifest: unknown = JSON.parse(/\{\s*"schemaVersion"[^\0]*/.exec(tar)?.[0] ?? "");
    expect(manifest).toMatchObject({
      clawback: {
        version: "0.1.0",
        instance: "agent-1",
        scope: {
          full: false,
          includeWorkspace: true,
          rules: { maxFileSizeBytes: 1000, cachedirTag: false, oneFileSystem: false },
          roots: [
            {
              kind: "state",
              path: base.join("state"),
              excluded: expect.arrayContaining(["node_modules/", "*.mp4"]),
              included: ["keep.mp4"],
              forced: expect.not.arrayContaining(["*.mp4"]),
            },
          ],
        },
      },
    });
  });

  test("is made by two at once without disturbing each other", async () => {
    await using base = await prepare();
    await using storage = new MemoryStorage();
    const destination = { type: "storage", id: "memory", storage } as const;
    const reports = await Promise.all(
      [1, 2, 3].map(() => createArchive(options(base, { destination }))),
    );
    expect(new Set(reports.map(({ id }) => id)).size).toBe(3);
    for (const { id, files } of reports) {
      expect(files).toBe(3);
      expect((await loadBackupRecord(storage, "agent-1", id)).files).toBe(3);
    }
    expect(readdirSync(base.join("tmp"))).toEqual([]);
  });
});

describe("an archive in a file", () => {
  test("appears whole with mode 0600", async () => {
    await using base = await prepare();
    const path = base.join("out.tar.gz");
    const report = await createArchive(options(base, { destination: { type: "file", path } }));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).size).toBe(report.storedBytes);
    expect(report).toMatchObject({ location: path, storage: "" });
    expect(gunzipSync(readFileSync(path)).includes("manifest.json")).toBe(true);
  });

  test("is refused where something exists, which stays as it is", async () => {
    await using base = await prepare();
    const path = base.join("out.tar.gz");
    writeFileSync(path, "precious");
    await expect(
      createArchive(options(base, { destination: { type: "file", path } })),
    ).rejects.toMatchObject({ code: "target-not-empty" });
    expect(readFileSync(path, "utf8")).toBe("precious");
  });

  test("written into the installation does not hold itself, nor its temporary file", async () => {
    await using base = await prepare();
    const path = base.join("state/workspace/out.tar.gz");
    const report = await createArchive(
      options(base, {
        destination: { type: "file", path },
        setting: { ownPaths: [path] },
      }),
    );
    expect(report.files).toBe(3);
    expect(readdirSync(base.join("state/workspace")).toSorted()).toEqual([
      "MEMORY.md",
      "film.mp4",
      "out.tar.gz",
    ]);
  });
});

describe("nothing to back up", () => {
  test("is a failure, not an empty backup", async () => {
    await using base = await prepare(tree({ logs: dir({ "a.log": file("x") }), empty: dir() }));
    await using storage = new MemoryStorage();
    const destination = { type: "storage", id: "memory", storage } as const;
    await expect(createArchive(options(base, { destination }))).rejects.toMatchObject({
      code: "path-not-found",
      message: expect.stringContaining("nothing to back up"),
    });
    expect(await keysIn(storage)).toEqual(["clawback.json"]);
  });

  test("names the scope that left nothing", async () => {
    await using base = await prepare();
    const setting = { scope: resolveScope({ classes: ["media"] }) };
    await expect(createArchive(options(base, { setting }))).rejects.toThrow(/in scope \(media\)/);
  });
});

describe("a create that fails", () => {
  async function attempt(script: readonly Fault[]) {
    await using base = await prepare();
    await using memory = new MemoryStorage();
    const storage = faultyStorage(memory, script);
    const made = options(base, { destination: { type: "storage", id: "memory", storage } });
    const outcome = await createArchive(made).then(
      ({ files }) => files,
      (error: BackupError) => error.code,
    );
    expect(readdirSync(base.join("tmp"))).toEqual([]);
    const catalog = openCatalog({
      storages: [{ id: "memory", storage: memory }],
      clock: systemClock,
    });
    const { backups } = await catalog.list({ instance: "agent-1" });
    const left = (await keysIn(memory)).filter((key) => key.includes("archives/"));
    return { outcome, listed: backups.length, left: left.length };
  }

  const error = "storage-access-denied";
  const record = /backup\.json$/;

  test.each([
    ["to store the archive", [{ on: "putStream", error }]],
    ["to store the archive in the middle", [{ on: "putStream", at: 1000, error }]],
    ["to store the file list", [{ on: "put", key: /files/, error }]],
    ["to look at what was stored", [{ on: "find", error }]],
    ["to store its record, for sure", [{ on: "put", key: record, error }]],
  ] satisfies [string, Fault[]][])("%s leaves nothing", async (_, script) => {
    expect(await attempt(script)).toEqual({ outcome: error, listed: 0, left: 0 });
  });

  test("and may not delete leaves objects that nobody takes for a backup", async () => {
    const script: Fault[] = [
      { on: "put", key: record, error: "storage-unavailable" },
      { on: "delete", times: 9, error },
    ];
    const expected = { outcome: "storage-unavailable", listed: 0, left: 2 };
    expect(await attempt(script)).toEqual(expected);
  });

  test("only in the answer to its last call has succeeded", async () => {
    const script: Fault[] = [{ on: "put", key: record, at: "response" }];
    expect(await attempt(script)).toEqual({ outcome: 3, listed: 1, left: 3 });
  });

  test("to learn whether its record was written leaves everything in place", async () => {
    const script: Fault[] = [
      { on: "put", key: record, at: "response" },
      { on: "get", key: record },
    ];
    expect(await attempt(script)).toEqual({ outcome: "storage-unavailable", listed: 1, left: 3 });
  });

  test("never removes what somebody else stored under its key", async () => {
    await using base = await prepare();
    await using memory = new MemoryStorage();
    const destination = { type: "storage", id: "memory", storage: memory } as const;
    const made = options(base, { destination });
    const { archive } = backupKeys("agent-1", made.id);
    await memory.put(archive, Buffer.from("theirs"));
    await expect(createArchive(made)).rejects.toMatchObject({ code: "storage-conflict" });
    expect(Buffer.from(await memory.get(archive, 100)).toString()).toBe("theirs");
  });

  test("is told from what the storage lists, even when every call succeeded", async () => {
    await using base = await prepare();
    await using memory = new MemoryStorage();
    const storage: ObjectStorage = new Proxy<ObjectStorage>(memory, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name !== "putStream") return value.bind(target) as unknown;
        return async (...args: unknown[]) => {
          const result = (await Reflect.apply(value, target, args)) as object;
          return { ...result, sha256: "0".repeat(64) };
        };
      },
    });
    const destination = { type: "storage", id: "memory", storage } as const;
    await expect(createArchive(options(base, { destination }))).rejects.toMatchObject({
      code: "data-corrupt",
    });
    expect(await keysIn(memory)).toEqual(["clawback.json"]);
  });

  test("because it was cancelled leaves nothing, wherever it was", async () => {
    await using base = await prepare(
      tree({ workspace: dir({ big: file(Buffer.alloc(20_000_000, "x")), small: file("s") }) }),
    );
    for (let after = 0; after < 8; after++) {
      await using memory = new MemoryStorage();
      const stop = new AbortController();
      let seen = 0;
      const onProgress = () => {
        if (seen++ === after) stop.abort();
      };
      const destination = { type: "storage", id: "memory", storage: memory } as const;
      const made = options(base, { destination, signal: stop.signal, onProgress });
      const failure = await createArchive(made).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) continue;
      expect(isBackupError(failure, "cancelled")).toBe(true);
      expect((await keysIn(memory)).filter((key) => key.includes("archives/"))).toEqual([]);
      expect(readdirSync(base.join("tmp"))).toEqual([]);
    }
  });

  test("because its reader gave up ends capture and packing at once", async () => {
    await using base = await prepare(
      tree({ workspace: dir({ big: file(Buffer.alloc(20_000_000)) }) }),
    );
    const gone = new Error("the reader is gone");
    const write = () => Promise.reject(gone);
    await expect(
      createArchive(options(base, { destination: { type: "stream", write } })),
    ).rejects.toBe(gone);
    expect(existsSync(base.join("out"))).toBe(false);
    expect(readdirSync(base.join("tmp"))).toEqual([]);
  });
});
