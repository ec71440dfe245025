import { expect, test } from "vitest";
import { BlobIndex } from "../../../../lib/repository/index-file/index.ts";
import { packSizeBytes } from "../../../../lib/repository/pack/index.ts";
import type { PackBlob, PackContents } from "../../../../lib/repository/types.ts";
import { somePack } from "./samples.ts";

function indexOf(...packs: readonly PackContents[]): BlobIndex {
  const index = new BlobIndex();
  for (const pack of packs) index.addPack(pack);
  return index;
}

const contentsOf = (index: BlobIndex): PackContents[] =>
  [...index.packs()].map(({ packId, blobs }) => ({ packId, blobs }));
const first = ({ blobs }: PackContents): PackBlob => blobs[0] as PackBlob;

test("every blob is found where its pack says, and nothing else is", () => {
  const packs = [somePack(9000), somePack(1), somePack(5000, "tree")];
  const index = indexOf(...packs);
  for (const { packId, blobs } of packs) {
    for (const blob of blobs) expect(index.places(blob)).toEqual([{ ...blob, packId }]);
  }
  const { id } = first(somePack(1));
  expect(index.has({ type: "data", id })).toBe(false);
  expect(index.find({ type: "data", id })).toBeUndefined();
  expect(index.places({ type: "data", id: "not an id" })).toEqual([]);
  expect(index.blobCount).toBe(14_001);
  expect(index.packCount).toBe(3);
});

test("a data and a tree blob of one id are two blobs", () => {
  const data = somePack(1);
  const blob = { ...first(data), type: "tree" as const };
  const index = indexOf(data);
  expect(index.has(blob)).toBe(false);
  index.addPack({ packId: somePack(0).packId, blobs: [blob] });
  expect(index.find(first(data))?.packId).toBe(data.packId);
  expect(index.places(blob).map(({ type }) => type)).toEqual(["tree"]);
});

test("a blob in several packs has several places", () => {
  const packs = [somePack(3), somePack(3), somePack(3)];
  const shared = first(packs[0] as PackContents);
  const copies = packs.map(({ packId, blobs }) => ({ packId, blobs: [shared, ...blobs.slice(1)] }));
  const places = indexOf(...copies).places(shared);
  expect(places.map(({ packId }) => packId).sort()).toEqual(
    packs.map(({ packId }) => packId).sort(),
  );
});

test("packs are listed with the sizes that they must have in storage", () => {
  const packs = [somePack(10), somePack(0), somePack(3, "tree")];
  const listed = [...indexOf(...packs).packs()];
  expect(listed).toEqual(packs.map((pack) => ({ ...pack, sizeBytes: packSizeBytes(pack.blobs) })));
  expect(packSizeBytes([first(packs[0] as PackContents)])).toBe(36 + 41 + 100);
});

test("all blobs are listed with their packs", () => {
  const packs = [somePack(2), somePack(1, "tree")];
  expect([...indexOf(...packs).blobs()]).toEqual(
    packs.flatMap(({ packId, blobs }) => blobs.map((blob) => ({ ...blob, packId }))),
  );
});

test("a pack that two indexes describe alike is one pack", () => {
  const pack = somePack(5);
  const index = indexOf(pack);
  expect(index.addPack(pack)).toBe(false);
  expect(index.blobCount).toBe(5);
  expect(index.conflicts.size).toBe(0);
});

test("a pack that two indexes describe differently is a conflict, and all its blobs can be tried", () => {
  const pack = somePack(3);
  const moved = { ...first(pack), offsetBytes: 7 };
  const other = { packId: pack.packId, blobs: [moved, ...pack.blobs.slice(1)] };
  const index = indexOf(pack);
  expect(index.addPack(other)).toBe(true);
  expect([...index.conflicts]).toEqual([pack.packId]);
  expect(
    index
      .places(moved)
      .map(({ offsetBytes }) => offsetBytes)
      .sort(),
  ).toEqual([0, 7]);
  expect(index.places(pack.blobs[1] as PackBlob)).toHaveLength(1);
  expect(index.addPack(other)).toBe(false);
});

test("a pack whose blobs are split over two indexes is a conflict", () => {
  const { packId, blobs } = somePack(4);
  const index = indexOf({ packId, blobs: blobs.slice(0, 2) }, { packId, blobs: blobs.slice(2) });
  expect(index.conflicts.has(packId)).toBe(true);
  expect(blobs.every((blob) => index.has(blob))).toBe(true);
  const subset = indexOf({ packId, blobs }, { packId, blobs: blobs.slice(1) });
  expect(subset.conflicts.has(packId)).toBe(true);
  expect(subset.packCount).toBe(1);
});

test("a merge adds what is new, and takes conflicts over", () => {
  const [a, b] = [somePack(2), somePack(2, "tree")];
  const index = indexOf(a);
  const other = indexOf(a, b, { packId: b.packId, blobs: b.blobs.slice(1) });
  index.merge(other);
  expect(contentsOf(index)).toEqual([a, b]);
  expect(index.hasPack(b.packId)).toBe(true);
  expect([...index.conflicts]).toEqual([b.packId]);
});

test("a blob costs less than 60 bytes of memory, at every size", () => {
  const index = new BlobIndex();
  for (let packs = 1; packs <= 60; packs++) {
    index.addPack(somePack(1000));
    // Below that the piece that is begun counts for much.
    if (packs >= 30) expect(index.sizeBytes / index.blobCount).toBeLessThan(62);
  }
  expect(index.sizeBytes / index.blobCount).toBeLessThan(60);
});

test("the type of a pack is that of its blobs; unknown and empty ones hold no trees", () => {
  const packs = [somePack(2), somePack(2, "tree"), somePack(0)];
  const index = indexOf(...packs);
  const ids = [...packs, somePack(1, "tree")].map(({ packId }) => packId);
  expect(ids.map((id) => index.isTreePack(id))).toEqual([false, true, false, false]);
});
