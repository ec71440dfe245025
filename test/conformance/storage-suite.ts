import { hash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MIB, systemClock } from "../../lib/base/index.ts";
import type { ObjectStorage } from "../../lib/storage/index.ts";
import { chunksOf, collect, readAll } from "../helpers/chunks.ts";
import { testKnownHashes } from "./hashes-suite.ts";
import { testVersions } from "./versions-suite.ts";

export interface SuiteOptions {
  /** Size of a stream that this storage stores in several parts. @default 1 MiB */
  readonly largeBytes?: number | undefined;
  /** Whether of two writers at once only one creates. @default true */
  readonly conditionalCreate?: boolean | undefined;
  /** How many objects need several pages of a listing. @default 50 */
  readonly manyObjects?: number | undefined;
  /** Not on moto, which does not compare, nor behind retries, which take a minute. @default true */
  readonly triesWrongHash?: boolean | undefined;
}

const sha256 = (bytes: Uint8Array): string => hash("sha256", bytes);
const inAMinute = (): Date => new Date(systemClock.now().getTime() + 60_000);
const text = (words: string): Uint8Array => Buffer.from(words);
const keysOf = (infos: readonly { readonly key: string }[]): string[] =>
  infos.map(({ key }) => key);

/** What every `ObjectStorage` promises. `open` gives an empty one of the test's own. */
export function describeStorage(
  name: string,
  open: () => Promise<ObjectStorage>,
  options: SuiteOptions = {},
): void {
  const { largeBytes = MIB, conditionalCreate = true, manyObjects = 50 } = options;
  let storage: ObjectStorage;

  describe(`${name} as object storage`, () => {
    beforeEach(async () => {
      storage = await open();
    });
    afterEach(async () => {
      await storage?.[Symbol.asyncDispose]();
    });

    describe("whole objects", () => {
      test.each([0, 1, 300_000])("keeps %i bytes and says what it stored", async (size) => {
        const body = randomBytes(size);
        const put = await storage.put("folder/object", body);
        expect(put).toEqual({
          key: "folder/object",
          sizeBytes: size,
          sha256: sha256(body),
          etag: expect.any(String),
        });
        expect(Buffer.compare(await storage.get("folder/object", size), body)).toBe(0);
        expect(await storage.find("folder/object")).toEqual({
          key: "folder/object",
          sizeBytes: size,
          etag: put.etag,
          modifiedAt: expect.any(Date),
        });
      });

      test("replaces an object, and its ETag changes", async () => {
        const first = await storage.put("a", text("first"));
        const second = await storage.put("a", text("other"));
        expect(Buffer.from(await storage.get("a", 100)).toString()).toBe("other");
        expect(second.etag).not.toBe(first.etag);
        expect((await storage.find("a"))?.etag).toBe(second.etag);
      });

      test("keeps what was given even when the caller writes over it afterwards", async () => {
        const body = Buffer.from("as given");
        await storage.put("a", body);
        body.fill(0);
        const got = await storage.get("a", 100);
        expect(Buffer.from(got).toString()).toBe("as given");
      });

      test("says that an absent object does not exist", async () => {
        const absent = { code: "storage-object-not-found" };
        await storage.put("there/object-2", text("x"));
        await expect(storage.get("there/object", 10)).rejects.toMatchObject(absent);
        await expect(readAll(storage.getStream("there/object"))).rejects.toMatchObject(absent);
        expect(await storage.find("there/object")).toBeUndefined();
        expect(await storage.find("elsewhere/object")).toBeUndefined();
      });

      test("refuses to read more than the caller is ready to hold", async () => {
        await storage.put("a", randomBytes(1000));
        await expect(storage.get("a", 999)).rejects.toMatchObject({ code: "limit-exceeded" });
        const range = { offsetBytes: 100, lengthBytes: 50 };
        expect(await storage.get("a", 50, { range })).toHaveLength(50);
      });

      test("deletes an object, and an absent one without complaint", async () => {
        await storage.put("folder/a", text("x"));
        await storage.put("folder/b", text("y"));
        await storage.delete("folder/a");
        await storage.delete("folder/a");
        expect(await storage.find("folder/a")).toBeUndefined();
        expect(keysOf(await collect(storage.list("")))).toEqual(["folder/b"]);
      });
    });

    describe("ranges", () => {
      const body = randomBytes(200_000);
      test.each([
        ["from the middle", { offsetBytes: 1000, lengthBytes: 70_000 }, [1000, 71_000]],
        ["to the end", { offsetBytes: 199_990 }, [199_990, 200_000]],
        ["over the end", { offsetBytes: 199_000, lengthBytes: 5000 }, [199_000, 200_000]],
        ["behind the end", { offsetBytes: 200_000 }, [200_000, 200_000]],
        ["of no length", { offsetBytes: 5, lengthBytes: 0 }, [5, 5]],
      ] as const)("reads a range %s", async (_, range, [start, end]) => {
        await storage.put("a", body);
        const expected = body.subarray(start, end);
        expect(Buffer.compare(await storage.get("a", body.length, { range }), expected)).toBe(0);
        expect(Buffer.compare(await readAll(storage.getStream("a", { range })), expected)).toBe(0);
      });

      test.each([
        { offsetBytes: -1 },
        { offsetBytes: 0.5 },
        { offsetBytes: 0, lengthBytes: -5 },
        { offsetBytes: Number.NaN },
      ])("refuses the range %o", async (range) => {
        await storage.put("a", body);
        const refused = { code: "invalid-argument" };
        await expect(storage.get("a", 10, { range })).rejects.toMatchObject(refused);
        await expect(readAll(storage.getStream("a", { range }))).rejects.toMatchObject(refused);
      });
    });

    describe("streams", () => {
      test.each([
        ["no bytes", 0, 1000],
        ["a few bytes", 10, 3],
        ["many small chunks", 300_000, 1000],
        ["several parts", largeBytes, 300_000],
        ["one large chunk", largeBytes, largeBytes],
      ])("stores a stream of %s", async (_, size, chunk) => {
        const body = randomBytes(size);
        const put = await storage.putStream("large", chunksOf(body, chunk));
        expect(put).toMatchObject({ key: "large", sizeBytes: size, sha256: sha256(body) });
        const found = await storage.find("large");
        expect(found).toMatchObject({ sizeBytes: size, etag: put.etag });
        expect(Buffer.compare(await readAll(storage.getStream("large")), body)).toBe(0);
      });

      test("tells how far it is, up to the size of the stream", async () => {
        const bytes: number[] = [];
        await storage.putStream("large", chunksOf(randomBytes(largeBytes)), {
          estimatedSizeBytes: largeBytes,
          onProgress: (event) => {
            if (event.type === "progress") bytes.push(event.bytes ?? -1);
          },
        });
        expect(bytes.at(-1)).toBe(largeBytes);
        expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
      });

      test.each([10, largeBytes])(
        "rethrows the error of a source that fails after %i bytes, and shows nothing",
        async (size) => {
          const failure = new Error("the source broke");
          const broken = async function* (): AsyncGenerator<Uint8Array> {
            yield* chunksOf(randomBytes(size));
            throw failure;
          };
          await expect(storage.putStream("broken", broken())).rejects.toBe(failure);
          expect(await storage.find("broken")).toBeUndefined();
          expect(await collect(storage.list(""))).toEqual([]);
          expect(await storage.sweepUploads("", inAMinute())).toBe(0);
        },
      );

      test.each([10, largeBytes])(
        "ends a stream whose source hangs after %i bytes when it is cancelled, and shows nothing",
        async (size) => {
          const control = new AbortController();
          const hanging = async function* (): AsyncGenerator<Uint8Array> {
            yield* chunksOf(randomBytes(size));
            setTimeout(() => control.abort(), 20);
            await new Promise(() => undefined);
          };
          const { signal } = control;
          const put = storage.putStream("cancelled", hanging(), { signal });
          await expect(put).rejects.toMatchObject({ code: "cancelled" });
          expect(await collect(storage.list(""))).toEqual([]);
          expect(await storage.sweepUploads("", inAMinute())).toBe(0);
        },
      );

      test("can be left early, many times over", async () => {
        await storage.put("a", randomBytes(MIB));
        for (let round = 0; round < 60; round += 1) {
          for await (const chunk of storage.getStream("a")) {
            expect(chunk.byteLength).toBeGreaterThan(0);
            break;
          }
        }
        expect(await storage.get("a", MIB)).toHaveLength(MIB);
      });
    });

    describe("creating only what is absent", () => {
      test("refuses other bytes and leaves what is there", async () => {
        await storage.put("a", text("first"), { ifAbsent: true });
        const conflict = { code: "storage-conflict" };
        for (const other of ["other", "longer than first"]) {
          const put = storage.put("a", text(other), { ifAbsent: true });
          await expect(put).rejects.toMatchObject(conflict);
          const stream = storage.putStream("a", chunksOf(text(other)), { ifAbsent: true });
          await expect(stream).rejects.toMatchObject(conflict);
        }
        expect(Buffer.from(await storage.get("a", 10)).toString()).toBe("first");
      });

      test("takes the same bytes again as done", async () => {
        const first = await storage.put("a", text("same"), { ifAbsent: true });
        expect(await storage.put("a", text("same"), { ifAbsent: true })).toEqual(first);
        const again = await storage.putStream("a", chunksOf(text("same")), { ifAbsent: true });
        expect(again).toMatchObject({ sizeBytes: 4, sha256: first.sha256 });
      });

      test("holds for streams of several parts", async () => {
        const body = randomBytes(largeBytes);
        const first = await storage.putStream("a", chunksOf(body), { ifAbsent: true });
        const other = storage.putStream("a", chunksOf(randomBytes(largeBytes)), { ifAbsent: true });
        await expect(other).rejects.toMatchObject({ code: "storage-conflict" });
        expect((await storage.find("a"))?.etag).toBe(first.etag);
        const again = await storage.putStream("a", chunksOf(body), { ifAbsent: true });
        expect(again.sha256).toBe(first.sha256);
        expect(await storage.sweepUploads("", inAMinute())).toBe(0);
      });

      if (!conditionalCreate) return;
      test("lets one of many writers at once win", async () => {
        const writers = Array.from({ length: 8 }, (_, n) =>
          storage.put("race", text(`writer ${n}`), { ifAbsent: true }),
        );
        const results = await Promise.allSettled(writers);
        const won = results.filter((result) => result.status === "fulfilled");
        expect(won).toHaveLength(1);
        const stored = await storage.get("race", 100);
        expect(won[0]?.value.sha256).toBe(sha256(stored));
        for (const result of results) {
          if (result.status === "rejected") {
            expect(result.reason).toMatchObject({ code: "storage-conflict" });
          }
        }
      });
    });

    describe("keys", () => {
      test.each([
        "plain.tar.gz",
        "with space",
        "a+b&c=d%20e",
        "quotes'\"",
        "question?hash#semicolon;",
        "übergröße/日本語/😀",
        "dots../...",
        ".hidden/.file",
        `long-${"x".repeat(200)}/${"y".repeat(200)}`,
      ])("keeps and lists the key %j", async (key) => {
        await storage.put(key, text("content"));
        expect(Buffer.from(await storage.get(key, 10)).toString()).toBe("content");
        expect((await storage.find(key))?.key).toBe(key);
        expect(keysOf(await collect(storage.list("")))).toEqual([key]);
        expect(keysOf(await collect(storage.listVersions("")))).toEqual([key]);
        await storage.putStream(`${key}2`, chunksOf(text("content")));
        await storage.delete(key);
        await storage.delete(`${key}2`);
        expect(await collect(storage.list(""))).toEqual([]);
      });

      test.each([
        "",
        "/absolute",
        "trailing/",
        "a//b",
        ".",
        "a/../b",
        "../outside",
        "a/./b",
        "nul\0",
        "lone\ud800",
        "x".repeat(901),
      ])("refuses the key %j everywhere", async (key) => {
        const refused = { code: "invalid-argument" };
        const body = chunksOf(text("x"));
        await expect(storage.put(key, text("x"))).rejects.toMatchObject(refused);
        await expect(storage.putStream(key, body)).rejects.toMatchObject(refused);
        await expect(storage.get(key, 1)).rejects.toMatchObject(refused);
        await expect(readAll(storage.getStream(key))).rejects.toMatchObject(refused);
        await expect(storage.find(key)).rejects.toMatchObject(refused);
        await expect(storage.delete(key)).rejects.toMatchObject(refused);
        expect(await collect(storage.list(""))).toEqual([]);
      });
    });

    describe("listings", () => {
      const names = ["a", "a-b/1", "a.b", "b/1", "b/2", "b/3/4", "ba", "B", "é", "😀", "\uffee"];
      const inOrder = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

      beforeEach(async () => {
        for (const name of names) await storage.put(name, text(name));
      });

      test("lists in byte order of the keys", async () => {
        const infos = await collect(storage.list(""));
        expect(keysOf(infos)).toEqual(inOrder);
        expect(infos.map((info) => info.sizeBytes)).toEqual(
          inOrder.map((name) => Buffer.byteLength(name)),
        );
      });

      test("lists below a prefix, whether or not it ends with a slash", async () => {
        const list = async (prefix: string): Promise<string[]> =>
          keysOf(await collect(storage.list(prefix)));
        expect(await list("b")).toEqual(["b/1", "b/2", "b/3/4", "ba"]);
        expect(await list("b/")).toEqual(["b/1", "b/2", "b/3/4"]);
        expect(await list("b/3/4")).toEqual(["b/3/4"]);
        expect(await list("nothing/")).toEqual([]);
      });

      test("goes on behind a key", async () => {
        for (const [index, name] of inOrder.entries()) {
          const rest = await collect(storage.list("", { startAfter: name }));
          expect(keysOf(rest)).toEqual(inOrder.slice(index + 1));
        }
        const below = await collect(storage.list("b/", { startAfter: "b/1" }));
        expect(keysOf(below)).toEqual(["b/2", "b/3/4"]);
      });

      test("lists folders without what they hold", async () => {
        expect(await collect(storage.listFolders(""))).toEqual(["a-b", "b"]);
        expect(await collect(storage.listFolders("b/"))).toEqual(["3"]);
        expect(await collect(storage.listFolders("nothing/"))).toEqual([]);
        const refused = collect(storage.listFolders("b"));
        await expect(refused).rejects.toMatchObject({ code: "invalid-argument" });
      });

      test("lists a current version of each object", async () => {
        const versions = await collect(storage.listVersions("b/"));
        expect(keysOf(versions)).toEqual(["b/1", "b/2", "b/3/4"]);
        for (const version of versions) {
          expect(version).toMatchObject({ isLatest: true, isDeleteMarker: false });
        }
      });
    });

    testKnownHashes(() => storage, options.triesWrongHash);
    testVersions(() => storage);

    test("lists more objects than fit on one page, each once", async () => {
      const names = Array.from(
        { length: manyObjects },
        (_, n) => `many/${String(n).padStart(5, "0")}`,
      );
      const waiting = [...names];
      const work = async (): Promise<void> => {
        for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
          await storage.put(name, text("x"));
        }
      };
      await Promise.all(Array.from({ length: 16 }, work));
      expect(keysOf(await collect(storage.list("many/")))).toEqual(names);
      expect(keysOf(await collect(storage.listVersions("many/")))).toEqual(names);
      for await (const info of storage.list("many/")) {
        expect(info.key).toBe(names[0]);
        break;
      }
    });

    test("refuses every call whose signal is aborted already", async () => {
      await storage.put("a", text("x"));
      const signal = AbortSignal.abort();
      const calls = [
        () => storage.put("b", text("x"), { signal }),
        () => storage.putStream("b", chunksOf(text("x")), { signal }),
        () => storage.get("a", 1, { signal }),
        () => readAll(storage.getStream("a", { signal })),
        () => storage.find("a", { signal }),
        () => collect(storage.list("", { signal })),
        () => storage.delete("a", { signal }),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({ code: "cancelled" });
      }
      expect(keysOf(await collect(storage.list("")))).toEqual(["a"]);
    });

    test("says what it can do", async () => {
      const features = await storage.features();
      expect(features.conditionalCreate).toBe(conditionalCreate);
      expect(["kms", "s3", "none"]).toContain(features.serverSideEncryption);
      expect(storage.location).not.toBe("");
    });
  });
}
