import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { systemClock } from "../../../../lib/base/index.ts";
import { BlobLoader, BlobSaver } from "../../../../lib/repository/blob-store/index.ts";
import { BlobIndex } from "../../../../lib/repository/index-file/index.ts";
import { type FileContent, readFiles } from "../../../../lib/repository/reading/index.ts";
import { MemoryStorage, type ObjectStorage } from "../../../../lib/storage/index.ts";
import { initTestRepository } from "../../../helpers/repository.ts";

const MIB = 1024 * 1024;

interface TestFile extends FileContent {
  readonly name: string;
}

/** Files of these pieces in a repository, the packs of which are small. */
async function storedFiles(files: Readonly<Record<string, readonly Buffer[]>>) {
  const storage = new MemoryStorage();
  const { sealer, storedFiles: stored } = await initTestRepository({ storage });
  const index = new BlobIndex();
  const saveIndex = (json: Uint8Array) => stored.save("index", json);
  const options = { storage, sealer, index, saveIndex, clock: systemClock, packBytes: 4 * MIB };
  const saved: TestFile[] = [];
  await using saver = new BlobSaver(options);
  for (const [name, pieces] of Object.entries(files)) {
    const content: string[] = [];
    for (const piece of pieces) content.push((await saver.save("data", piece)).id);
    const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0);
    saved.push({ name, content, sizeBytes });
  }
  await saver.flush();
  const keys: string[] = [];
  const counting = new Proxy(storage, {
    get: (target, name) =>
      name === "get"
        ? (...args: Parameters<ObjectStorage["get"]>) => {
            keys.push(args[0]);
            return target.get(...args);
          }
        : Reflect.get(target, name, target),
  });
  return {
    storage,
    index,
    files: saved,
    keys,
    loader: new BlobLoader({ storage: counting, sealer, index }),
  };
}

async function contentOf(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (content instanceof Uint8Array) return Buffer.from(content);
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

test("files come back whole, in the order of their packs, whatever the order in which they are asked for", async () => {
  const database = Array.from({ length: 300 }, () => randomBytes(16_384));
  const media = Array.from({ length: 12 }, () => randomBytes(MIB));
  const literal = {
    small: [Buffer.from("small")],
    database,
    empty: [],
    media,
    again: [database[7] as Buffer, Buffer.from("small"), database[7] as Buffer],
    last: [Buffer.from("last")],
  };
  const { files, keys, ...options } = await storedFiles(literal);
  const names: string[] = [];
  for await (const { file, content } of readFiles(files.toReversed(), options)) {
    names.push(file.name);
    const expected = Buffer.concat(literal[file.name as keyof typeof literal]);
    expect((await contentOf(content)).equals(expected), file.name).toBe(true);
  }
  const large = names.filter((name) => name !== "empty" && name !== "again");
  expect(large.toSorted()).toEqual(["database", "last", "media", "small"]);
  expect(names.indexOf("small")).toBeLessThan(names.indexOf("database"));
  // 17 MiB are at most six windows of 4; a request ends where a pack or a window does.
  expect(keys.length).toBeLessThanOrEqual(new Set(keys).size + 6);
});

test("a file that is left unread does not keep the next ones from being read", async () => {
  const literal = {
    a: [Buffer.from("a1"), Buffer.from("a2"), Buffer.from("a3")],
    b: [Buffer.from("b1"), Buffer.from("b2")],
    c: [Buffer.from("c")],
  };
  const { files, ...options } = await storedFiles(literal);
  const read: string[] = [];
  for await (const { file, content } of readFiles(files, options)) {
    if (file.name === "a") continue;
    if (file.name === "b") {
      for await (const chunk of content as AsyncIterable<Uint8Array>) {
        read.push(Buffer.from(chunk).toString());
        break;
      }
    } else read.push(Buffer.from(content as Uint8Array).toString());
  }
  expect(read).toEqual(["b1b2", "c"]);
});

test("what is damaged or missing is thrown by its own file, and names the pack", async () => {
  const noise = randomBytes(5 * MIB);
  const { files, storage, index, ...options } = await storedFiles({
    first: [noise],
    second: [Buffer.from("sound")],
    third: [randomBytes(100), Buffer.from("sound")],
  });
  const packOf = (name: string) => {
    const id = files.find((file) => file.name === name)?.content[0] ?? "";
    return index.find({ type: "data", id })?.packId ?? "";
  };
  await storage.delete(`data/${packOf("first").slice(0, 2)}/${packOf("first")}`);
  const found: Record<string, string> = {};
  for await (const { file, content } of readFiles(files, { index, ...options })) {
    try {
      found[file.name] = `${(await contentOf(content)).length}`;
    } catch (error) {
      found[file.name] = `${error}`;
    }
  }
  expect(found.first).toContain(`pack ${packOf("first").slice(0, 8)} is missing`);
  expect(found).toMatchObject({ second: "5", third: "105" });
});

test("a file whose blobs hold more or less than its node says is refused, and so is one whose blob is in no index", async () => {
  const { files, ...options } = await storedFiles({ a: [Buffer.from("one")], b: [] });
  const [a, b] = files as [TestFile, TestFile];
  const wrong = [
    { ...a, sizeBytes: 4 },
    { ...a, content: [...a.content, ...a.content], sizeBytes: 3 },
    { ...b, sizeBytes: 1 },
    { ...b, content: ["ab".repeat(32)] },
    { ...b, content: ["ab".repeat(32), ...a.content] },
  ];
  const codes: unknown[] = [];
  for await (const { content } of readFiles(wrong, options)) {
    codes.push(
      await contentOf(content).then(
        () => "read",
        (error) => error.code,
      ),
    );
  }
  expect(codes.toSorted()).toEqual([
    ...["data-corrupt", "data-corrupt", "data-corrupt", "data-missing", "data-missing"],
  ]);
});
