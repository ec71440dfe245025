import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { openDirectoryStorage } from "../../../lib/storage/index.ts";
import { chunksOf, collect } from "../../helpers/chunks.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

async function setUp() {
  const dir = await tempDir();
  const root = dir.join("storage");
  const storage = await openDirectoryStorage({ path: root, create: true });
  return { dir, root, storage, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

describe("opening a directory as storage", () => {
  test("makes it for its owner alone when asked to", async () => {
    await using t = await setUp();
    expect(await modeOf(t.root)).toBe(0o700);
    expect(t.storage.location).toBe(t.root);
  });

  test("says that it is missing, and what to do", async () => {
    await using dir = await tempDir();
    await expect(openDirectoryStorage({ path: dir.join("away") })).rejects.toMatchObject({
      code: "storage-not-found",
      message: expect.stringContaining("does not exist"),
      hint: "mount its disk, or make the directory",
    });
    expect(await readdir(dir.path)).toEqual([]);
  });

  test("refuses a relative path, and a file", async () => {
    await using dir = await tempDir();
    await expect(openDirectoryStorage({ path: "backups" })).rejects.toMatchObject({
      code: "invalid-argument",
    });
    await writeFile(dir.join("file"), "x");
    await expect(openDirectoryStorage({ path: dir.join("file") })).rejects.toMatchObject({
      code: "storage-not-found",
    });
    await expect(
      openDirectoryStorage({ path: dir.join("file"), create: true }),
    ).rejects.toMatchObject({ code: "storage-rejected" });
  });

  test("follows a link to it", async () => {
    await using t = await setUp();
    await symlink(t.root, t.dir.join("link"));
    const storage = await openDirectoryStorage({ path: t.dir.join("link") });
    await storage.put("a/b", bytes("x"));
    expect(await t.storage.find("a/b")).toBeDefined();
    expect(storage.location).toBe(t.dir.join("link"));
  });
});

describe("a directory as storage", () => {
  test("keeps objects as files under their keys, for the owner alone", async () => {
    await using t = await setUp();
    await t.storage.put("host/archives/1/backup.json", bytes("{}"));
    const path = `${t.root}/host/archives/1/backup.json`;
    expect(await readFile(path, "utf8")).toBe("{}");
    expect(await modeOf(path)).toBe(0o600);
    for (const folder of ["host", "host/archives", "host/archives/1"]) {
      expect(await modeOf(`${t.root}/${folder}`)).toBe(0o700);
    }
  });

  test("leaves nothing beside the object, whether a put succeeds or not", async () => {
    await using t = await setUp();
    await t.storage.put("a", bytes("first"), { ifAbsent: true });
    await expect(t.storage.put("a", bytes("other"), { ifAbsent: true })).rejects.toMatchObject({
      code: "storage-conflict",
    });
    const failing = (async function* () {
      yield bytes("begun");
      throw new Error("broken");
    })();
    await expect(t.storage.putStream("b", failing)).rejects.toThrow("broken");
    expect(await readdir(t.root)).toEqual(["a"]);
  });

  test("removes folders that it leaves empty, and no others", async () => {
    await using t = await setUp();
    await t.storage.put("a/b/c", bytes("x"));
    await t.storage.put("a/d", bytes("x"));
    await t.storage.delete("a/b/c");
    expect(await readdir(`${t.root}/a`)).toEqual(["d"]);
    await t.storage.delete("a/d");
    expect(await readdir(t.root)).toEqual([]);
    expect(await stat(t.root)).toBeDefined();
  });

  test("puts while others delete in the same folder", async () => {
    await using t = await setUp();
    const churn = async (worker: number): Promise<void> => {
      for (let round = 0; round < 40; round += 1) {
        await t.storage.put(`deep/er/${worker}`, bytes("x"));
        await t.storage.delete(`deep/er/${worker}`);
      }
    };
    await Promise.all([churn(1), churn(2), churn(3)]);
    expect(await readdir(t.root)).toEqual([]);
  });

  test("shows what other programs put there, but nothing odd", async () => {
    await using t = await setUp();
    await mkdir(`${t.root}/repository/empty`, { recursive: true });
    await writeFile(`${t.root}/repository/config`, "x");
    await writeFile(Buffer.from(`${t.root}/not-utf8-\xff`, "latin1"), "x");
    await symlink("/etc/passwd", `${t.root}/link`);
    expect((await collect(t.storage.list(""))).map(({ key }) => key)).toEqual([
      "repository/config",
    ]);
    expect(await collect(t.storage.listFolders("repository/"))).toEqual([]);
  });

  test("follows no link below it, neither to read nor to write nor to delete", async () => {
    await using t = await setUp();
    const outside = t.dir.join("outside");
    await mkdir(outside);
    await writeFile(`${outside}/secret`, "secret");
    await symlink(outside, `${t.root}/folder`);
    await symlink(`${outside}/secret`, `${t.root}/file`);
    const refused = { code: "path-outside-target" };
    await expect(t.storage.get("folder/secret", 100)).rejects.toMatchObject(refused);
    await expect(t.storage.put("folder/new", bytes("x"))).rejects.toMatchObject(refused);
    await expect(t.storage.put("folder/deep/new", bytes("x"))).rejects.toMatchObject(refused);
    await expect(t.storage.delete("folder/secret")).rejects.toMatchObject(refused);
    await expect(t.storage.get("file", 100)).rejects.toMatchObject({
      code: "storage-object-not-found",
    });
    await t.storage.put("file", bytes("own"));
    expect(await readFile(`${outside}/secret`, "utf8")).toBe("secret");
    expect(await readdir(outside)).toEqual(["secret"]);
  });

  test("says so when a folder has an object's name, or an object a folder's", async () => {
    await using t = await setUp();
    await t.storage.put("a/b", bytes("x"));
    await expect(t.storage.put("a", bytes("x"))).rejects.toMatchObject({
      code: "storage-rejected",
    });
    await expect(t.storage.put("a/b/c", bytes("x"))).rejects.toMatchObject({
      code: "storage-rejected",
    });
    expect(await t.storage.find("a")).toBeUndefined();
    expect(await t.storage.find("a/b/c")).toBeUndefined();
    await expect(t.storage.get("a", 1)).rejects.toMatchObject({ code: "storage-object-not-found" });
  });

  test("does not make its directory again when its disk is gone", async () => {
    await using t = await setUp();
    await t.storage.put("a", bytes("x"));
    await rename(t.root, t.dir.join("unplugged"));
    const missing = { code: "storage-not-found" };
    await expect(t.storage.put("b/c", bytes("x"))).rejects.toMatchObject(missing);
    await expect(t.storage.get("a", 1)).rejects.toMatchObject(missing);
    await expect(t.storage.find("a")).rejects.toMatchObject(missing);
    await expect(collect(t.storage.list(""))).rejects.toMatchObject(missing);
    expect(await readdir(t.dir.path)).toEqual(["unplugged"]);
  });

  test("finds no object in a name too long for the disk, and refuses to make it", async () => {
    await using t = await setUp();
    const key = `folder/${"x".repeat(300)}`;
    expect(await t.storage.find(key)).toBeUndefined();
    await expect(t.storage.put(key, bytes("x"))).rejects.toMatchObject({
      code: "invalid-argument",
    });
    expect(await collect(t.storage.list(""))).toEqual([]);
  });
});

describe("what a killed process leaves in a directory", () => {
  const leftover = ".clawback-0123456789abcdef.upload";

  test("is shown by no listing, and cannot be written or read as an object", async () => {
    await using t = await setUp();
    await writeFile(`${t.root}/${leftover}`, "half");
    expect(await collect(t.storage.list(""))).toEqual([]);
    await expect(t.storage.get(leftover, 10)).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(t.storage.put(leftover, bytes("x"))).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });

  test("is swept when it is old, below the prefix only, and with the folders it leaves empty", async () => {
    await using t = await setUp();
    const old = new Date("2026-11-01T00:00:00Z");
    for (const folder of ["host/archives/1", "host/archives/2", "other"]) {
      await mkdir(`${t.root}/${folder}`, { recursive: true });
      await writeFile(`${t.root}/${folder}/${leftover}`, "half");
      await utimes(`${t.root}/${folder}/${leftover}`, old, old);
    }
    await t.storage.put("host/archives/2/archive.tar.gz", bytes("whole"));
    await writeFile(`${t.root}/host/${leftover}`, "being written now");
    const olderThan = new Date("2026-11-02T00:00:00Z");
    expect(await t.storage.sweepUploads("host/", olderThan, { countOnly: true })).toBe(2);
    expect(await t.storage.sweepUploads("host/", olderThan)).toBe(2);
    expect(await readdir(`${t.root}/host/archives`)).toEqual(["2"]);
    expect(await readdir(`${t.root}/host/archives/2`)).toEqual(["archive.tar.gz"]);
    expect(await readdir(`${t.root}/other`)).toEqual([leftover]);
    expect(await readdir(`${t.root}/host`)).toContain(leftover);
    expect(await t.storage.sweepUploads("", olderThan)).toBe(1);
  });
});

describe.skipIf(process.getuid?.() === 0)("without the right to write", () => {
  test("says which permission is missing", async () => {
    await using t = await setUp();
    await chmod(t.root, 0o500);
    await expect(t.storage.put("a", bytes("x"))).rejects.toMatchObject({
      code: "storage-access-denied",
      message: expect.stringContaining("permission denied"),
    });
    await chmod(t.root, 0o700);
  });
});

test("a stream of a gigabyte's shape is written as it comes, not gathered", async () => {
  await using t = await setUp();
  let largest = 0;
  const watched = (async function* () {
    for await (const chunk of chunksOf(Buffer.alloc(4_000_000), 100_000)) {
      yield chunk;
      const [name = ""] = await readdir(t.root);
      largest = Math.max(largest, (await stat(`${t.root}/${name}`)).size);
    }
  })();
  await t.storage.putStream("large", watched);
  expect(largest).toBe(4_000_000);
  await rm(t.root, { recursive: true });
});
