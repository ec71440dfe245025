import { expect, test } from "vitest";
import {
  BlobSet,
  decodeIndex,
  encodeIndex,
  IdSet,
  type MarkedPack,
  writeIndexFiles,
} from "../../../../lib/repository/index-file/index.ts";
import type { PackContents } from "../../../../lib/repository/types.ts";

const id = (n: number): string => n.toString(16).padStart(64, "0");
const pack = (n: number, blobs = 1): PackContents => ({
  packId: id(n),
  blobs: Array.from({ length: blobs }, (_, at) => {
    const place = { offsetBytes: at * 40, lengthBytes: 40, uncompressedBytes: undefined };
    return { type: "data" as const, id: id(n * 1_000_000 + at), ...place };
  }),
});
const marked = (n: number): MarkedPack => ({
  ...pack(n),
  markedAt: new Date("2026-11-21T03:00:00Z"),
});

test("packs to be deleted are given to those who ask, and to nobody as packs", () => {
  const json = encodeIndex([pack(1)], [marked(2)]);
  const found: MarkedPack[] = [];
  expect([...decodeIndex(json, (each) => found.push(each))]).toEqual([pack(1)]);
  expect(found).toEqual([marked(2)]);
  expect([...decodeIndex(json)]).toEqual([pack(1)]);
});

test("an index without such packs has only restic's key", () => {
  expect(Object.keys(JSON.parse(encodeIndex([pack(1)], []).toString()))).toEqual(["packs"]);
});

test.each(['[{"id":"x"}]', '[{"time":"never"}]', "3", '{"a":1}', "[null]", "["])(
  "damaged packs to be deleted (%s) are damage",
  (text) => {
    const json = Buffer.from(`{"packs":[],"packs_to_delete":${text}}`);
    expect(() => [...decodeIndex(json, () => undefined)]).toThrow(
      expect.objectContaining({ code: "data-corrupt" }),
    );
  },
);

test("index files are written with so many blobs, no pack in two of them", async () => {
  const files: Buffer[] = [];
  const save = async (json: Uint8Array) => id(files.push(Buffer.from(json)));
  const ids = await writeIndexFiles([pack(1, 30_000), pack(2, 30_000), pack(3)], [marked(4)], save);
  expect(ids).toHaveLength(3);
  expect(files.map((json) => [...decodeIndex(json)].map(({ packId }) => packId))).toEqual([
    [id(1), id(2)],
    [id(3)],
    [],
  ]);
});

test("sets know what was added, by type", () => {
  const ids = new IdSet();
  expect([ids.add(id(1)), ids.add(id(1)), ids.has(id(2)), ids.count]).toEqual([
    true,
    false,
    false,
    1,
  ]);
  const blobs = new BlobSet();
  blobs.add({ type: "tree", id: id(1) });
  expect(blobs.has({ type: "data", id: id(1) })).toBe(false);
  expect(blobs.has({ type: "tree", id: id(1) })).toBe(true);
});
