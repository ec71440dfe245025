import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { BackupError } from "../../../../lib/base/index.ts";
import {
  decodeSnapshot,
  encodeSnapshot,
  findLatestSnapshot,
  findSnapshotId,
  groupSnapshots,
  listSnapshots,
  loadSnapshot,
  type Snapshot,
  type SnapshotFiles,
  type StoredSnapshot,
  saveSnapshot,
} from "../../../../lib/repository/snapshot/index.ts";

const TREE = "3f2a91c0".repeat(8);
const ID = "0123abcd".repeat(8);
const SUMMARY = {
  ...{ backupStart: "2026-11-21T03:00:00.5Z", backupEnd: "2026-11-21T03:00:01Z", filesNew: 1 },
  ...{ filesChanged: 0, filesUnmodified: 2, dirsNew: 0, dirsChanged: 3, dirsUnmodified: 4 },
  ...{ dataBlobs: 5, treeBlobs: 6, dataAdded: 7, dataAddedPacked: 8, totalFilesProcessed: 3 },
  totalBytesProcessed: 9_007_199_254_740_991,
};
const PLAIN: Snapshot = { time: "2026-11-21T04:00:00.123456789+01:00", tree: TREE, paths: ["/s"] };
const PLAIN_JSON = `{"time":"${PLAIN.time}","tree":"${TREE}","paths":["/s"]}`;

/** Stored files in memory, nothing encrypted. */
function memoryFiles(): SnapshotFiles & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    async load(_, id) {
      const json = files.get(id);
      if (json === undefined) throw new BackupError("data-missing", `snapshot ${id} is missing`);
      return json;
    },
    async save(_, json) {
      const id = hash("sha256", json);
      files.set(id, json);
      return id;
    },
    async *list() {
      for (const id of [...files.keys()].sort()) yield { id };
    },
  };
}

describe("a snapshot's JSON", () => {
  test("holds restic's keys in restic's order", () => {
    const full: Snapshot = {
      ...PLAIN,
      ...{ parent: ID, hostname: "h<1>", username: "agent", uid: 1000, gid: 100 },
      ...{ excludes: ["*.o"], tags: ["a", "b&c"], original: ID, programVersion: "clawback 0.1.0" },
      summary: SUMMARY,
      unknown: { later: 1 },
    };
    expect(encodeSnapshot(full).toString()).toBe(
      `{"time":"${PLAIN.time}","parent":"${ID}","tree":"${TREE}","paths":["/s"],"hostname":"h\\u003c1\\u003e",` +
        '"username":"agent","uid":1000,"gid":100,"excludes":["*.o"],"tags":["a","b\\u0026c"],' +
        `"original":"${ID}","program_version":"clawback 0.1.0","summary":{"backup_start":"2026-11-21T03:00:00.5Z",` +
        '"backup_end":"2026-11-21T03:00:01Z","files_new":1,"files_changed":0,"files_unmodified":2,"dirs_new":0,' +
        '"dirs_changed":3,"dirs_unmodified":4,"data_blobs":5,"tree_blobs":6,"data_added":7,"data_added_packed":8,' +
        '"total_files_processed":3,"total_bytes_processed":9007199254740991},"later":1}',
    );
    expect(decodeSnapshot(encodeSnapshot(full), ID)).toEqual({ id: ID, ...full });
  });

  test("leaves out what is empty", () => {
    const empty = { hostname: "", username: "", uid: 0, gid: 0, excludes: [], tags: [] };
    expect(encodeSnapshot({ ...PLAIN, ...empty }).toString()).toBe(PLAIN_JSON);
    expect(decodeSnapshot(Buffer.from(PLAIN_JSON), ID)).toEqual({ id: ID, ...PLAIN });
  });

  test.each([
    PLAIN_JSON.replace("}", ',"x":{"big":12345678901234567890,"f":1.50},"__proto__":null}'),
    PLAIN_JSON.replace(
      "}",
      `,"summary":${JSON.stringify({ backup_start: "2026-11-21T03:00:00Z", backup_end: "2026-11-21T03:00:00Z" })}}`,
    ).replace(
      '00Z"}}',
      '00Z","files_new":0,"files_changed":0,"files_unmodified":0,"dirs_new":0,"dirs_changed":0,"dirs_unmodified":0,"data_blobs":0,"tree_blobs":0,"data_added":0,"data_added_packed":0,"total_files_processed":0,"total_bytes_processed":0,"extra":[]}}',
    ),
  ])("keeps the bytes of %s", (json) => {
    expect(encodeSnapshot(decodeSnapshot(Buffer.from(json), ID)).toString()).toBe(json);
  });

  test("may lack counts that others left out", () => {
    const summary = '{"backup_start":"2026-11-21T03:00:00Z","backup_end":"2026-11-21T03:00:00Z"}';
    const json = PLAIN_JSON.replace("}", `,"summary":${summary}}`);
    expect(decodeSnapshot(Buffer.from(json), ID).summary).toMatchObject({
      dirsNew: 0,
      dataAdded: 0,
    });
  });

  test.each([
    ["x", "is not JSON"],
    ["{}", "has no tree"],
    [PLAIN_JSON.replace(TREE, "3f2a"), "tree is no id"],
    [PLAIN_JSON.replace(PLAIN.time, "now"), "time is no time"],
    [PLAIN_JSON.replace('["/s"]', '"/s"'), "paths is no list"],
    [PLAIN_JSON.replace('["/s"]', "[1]"), "paths is no list of texts"],
    [PLAIN_JSON.replace("}", ',"uid":-1}'), "uid is no whole number"],
    [PLAIN_JSON.replace("}", ',"tags":["a",null]}'), "tags is no list of texts"],
    [PLAIN_JSON.replace("}", ',"summary":[]}'), "summary is no object"],
    [PLAIN_JSON.replace("}", ',"summary":{}}'), "summary: backup_start is no time"],
    [PLAIN_JSON.replace("}", `,"x":${"[".repeat(50)}${"]".repeat(50)}}`), "nested too deep"],
  ])("%s is refused", (json, message) => {
    const decode = () => decodeSnapshot(Buffer.from(json), ID);
    expect(decode).toThrow(expect.objectContaining({ code: "data-corrupt" }));
    expect(decode).toThrow(/^snapshot 0123abcd: /);
    expect(decode).toThrow(message);
  });
});

describe("snapshots of a repository", () => {
  test("are saved, loaded and listed newest first whatever their zones", async () => {
    const files = memoryFiles();
    const times = ["2026-11-21T04:00:00+01:00", "2026-11-21T03:30:00Z", "2026-11-21T02:00:00Z"];
    const saved: StoredSnapshot[] = [];
    for (const time of times) saved.push(await saveSnapshot(files, { ...PLAIN, time }));
    expect(await loadSnapshot(files, saved[0]?.id ?? "")).toEqual(saved[0]);
    const { snapshots, problems } = await listSnapshots(files);
    expect(snapshots.map(({ time }) => time)).toEqual([times[1], times[0], times[2]]);
    expect(problems).toEqual([]);
  });

  test("that are damaged are told beside the others, and one that is gone is passed over", async () => {
    const files = memoryFiles();
    const good = await saveSnapshot(files, PLAIN);
    files.files.set(ID, Buffer.from("{"));
    const list: SnapshotFiles["list"] = async function* () {
      yield* files.list("snapshot");
      yield { id: TREE };
    };
    const { snapshots, problems } = await listSnapshots({ ...files, list });
    expect(snapshots).toEqual([good]);
    expect(problems).toMatchObject([{ id: ID, error: { code: "data-corrupt" } }]);
  });

  test("are not listed by halves when the storage fails", async () => {
    const files = memoryFiles();
    await saveSnapshot(files, PLAIN);
    const load = async () => {
      throw new BackupError("storage-timeout", "no answer");
    };
    await expect(listSnapshots({ ...files, load })).rejects.toMatchObject({
      code: "storage-timeout",
    });
  });

  test("are found by the start of their id", async () => {
    const ids = ["abc1", "abc2", "ff00"].map((start) => start.padEnd(64, "0"));
    const list = async function* () {
      for (const id of ids) yield { id };
    };
    expect(await findSnapshotId({ list }, "f")).toBe(ids[2]);
    expect(await findSnapshotId({ list }, ids[0] ?? "")).toBe(ids[0]);
    await expect(findSnapshotId({ list }, "abc")).rejects.toMatchObject({
      code: "ambiguous-id",
      message: "id abc fits 2 snapshots: abc100000000, abc200000000",
    });
    await expect(findSnapshotId({ list }, "0")).rejects.toMatchObject({
      code: "snapshot-not-found",
    });
    await expect(findSnapshotId({ list }, "latest")).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });

  const stored = (id: string, time: string, facts: Partial<Snapshot> = {}): StoredSnapshot => ({
    ...{ id, tree: TREE, time, paths: ["/a", "/b"], hostname: "h" },
    ...facts,
  });
  const list = [
    stored("1", "2026-11-21T03:00:00Z"),
    stored("2", "2026-11-21T03:30:00+01:00", { tags: ["x", "y"] }),
    stored("3", "2026-11-21T02:45:00Z", { paths: ["/b", "/a"] }),
    stored("4", "2026-11-22T00:00:00Z", { hostname: "other" }),
    stored("5", "2026-11-20T00:00:00Z", { hostname: undefined, paths: [] }),
  ];

  test.each([
    [{}, "4"],
    [{ hostname: "h" }, "1"],
    [{ paths: ["/b", "/a"], until: new Date("2026-11-21T02:59:00Z") }, "3"],
    [{ tags: ["y"] }, "2"],
    [{ until: new Date("2026-11-20T00:00:00Z") }, "5"],
    [{ tags: ["z"] }, undefined],
  ])("the latest of %j is %s", (filter, id) => {
    expect(findLatestSnapshot(list, filter)?.id).toBe(id);
  });

  test("are grouped by host and paths, in whatever order the paths stand", () => {
    const groups = groupSnapshots(list).map(({ hostname, paths, snapshots }) => [
      ...[hostname, paths.join(), snapshots.map(({ id }) => id).join()],
    ]);
    expect(groups).toEqual([
      ["h", "/a,/b", "1,2,3"],
      ["other", "/a,/b", "4"],
      ["", "", "5"],
    ]);
  });
});
