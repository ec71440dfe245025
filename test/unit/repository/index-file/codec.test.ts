import fc from "fast-check";
import { expect, test } from "vitest";
import { isBackupError } from "../../../../lib/base/index.ts";
import { decodeIndex, encodeIndex } from "../../../../lib/repository/index-file/index.ts";
import { somePack } from "./samples.ts";

const PACK = "aa".repeat(32);
const BLOB = "bb".repeat(32);
const blobJson = (fields: object = {}) => ({
  id: BLOB,
  type: "data",
  offset: 0,
  length: 40,
  ...fields,
});
const indexJson = (blob: object) => JSON.stringify({ packs: [{ id: PACK, blobs: [blob] }] });
const decode = (json: string | Buffer) => [...decodeIndex(Buffer.from(json))];

test("an index has restic's keys in restic's order", () => {
  const blobs = [
    { type: "data", id: BLOB, offsetBytes: 0, lengthBytes: 40, uncompressedBytes: undefined },
    { type: "tree", id: PACK, offsetBytes: 40, lengthBytes: 50, uncompressedBytes: 99 },
  ] as const;
  expect(encodeIndex([{ packId: PACK, blobs }]).toString()).toBe(
    `{"packs":[{"id":"${PACK}","blobs":[` +
      `{"id":"${BLOB}","type":"data","offset":0,"length":40},` +
      `{"id":"${PACK}","type":"tree","offset":40,"length":50,"uncompressed_length":99}]}]}`,
  );
});

test.each([0, 1, 2, 300])("%d packs come back as they were", (count) => {
  const packs = Array.from({ length: count }, (_, i) => somePack(i % 5, i % 3 ? "data" : "tree"));
  expect(decode(encodeIndex(packs))).toEqual(packs);
});

test("space and unknown keys anywhere are passed over, with what old versions of restic wrote", () => {
  const json = ` \n{ "supersedes" : ["${BLOB}", {"x":[1,"]}\\"",true,null]}] ,"created":-1.5e3,
    "packs"\t: [ {"odd":{"a":[]},"id":"${PACK}", "blobs":[ {"later":"\\\\","type":"data","id":"${BLOB}",
    "length":40,"offset":3, "uncompressed_length":0} ] } ] , "last":"{" }\r\n`;
  expect(decode(json)).toEqual([
    {
      packId: PACK,
      blobs: [
        { type: "data", id: BLOB, offsetBytes: 3, lengthBytes: 40, uncompressedBytes: undefined },
      ],
    },
  ]);
});

test.each(["{}", '{"packs":[]}', '{"packs":null}', '{"supersedes":[]}'])(
  "%s has no packs",
  (json) => {
    expect(decode(json)).toEqual([]);
  },
);

test("a plaintext length of null, as rustic's prune writes it, is none", () => {
  const [pack] = decode(indexJson(blobJson({ uncompressed_length: null })));
  expect(pack?.blobs[0]?.uncompressedBytes).toBeUndefined();
});

test("blobs come in the order of their bytes, however they stand", () => {
  const blobs = [80, 0, 40].map((offset) => blobJson({ offset }));
  const [pack] = decode(JSON.stringify({ packs: [{ id: PACK, blobs }] }));
  expect(pack?.blobs.map(({ offsetBytes }) => offsetBytes)).toEqual([0, 40, 80]);
});

test.each([
  ["nothing", ""],
  ["a list", "[]"],
  ["a word", "null"],
  ["two documents", "{}{}"],
  ["packs that are no list", '{"packs":{}}'],
  ["a pack that is no object", '{"packs":[1]}'],
  ["a pack that is null", '{"packs":[null]}'],
  ["a pack with a short id", `{"packs":[{"id":"${PACK.slice(1)}","blobs":[]}]}`],
  ["a pack with an id in capitals", `{"packs":[{"id":"${PACK.toUpperCase()}","blobs":[]}]}`],
  ["a pack without blobs", `{"packs":[{"id":"${PACK}"}]}`],
  ["a blob that is no object", `{"packs":[{"id":"${PACK}","blobs":[null]}]}`],
  ["a blob with no id", indexJson(blobJson({ id: 5 }))],
  ["a blob of unknown type", indexJson(blobJson({ type: "blob" }))],
  ["a negative offset", indexJson(blobJson({ offset: -1 }))],
  ["an offset beyond 4 GiB", indexJson(blobJson({ offset: 2 ** 32 }))],
  ["a length that is no whole number", indexJson(blobJson({ length: 40.5 }))],
  ["a length as text", indexJson(blobJson({ length: "40" }))],
  ["a blob shorter than its encryption", indexJson(blobJson({ length: 31 }))],
  ["a plaintext length that is text", indexJson(blobJson({ uncompressed_length: "1" }))],
  ["a comma too many", '{"packs":[],}'],
  ["a missing colon", '{"packs"[]}'],
  ["an open text", '{"packs":[{"id":"aa'],
  ["a backslash at the end", '{"packs\\'],
])("an index that is or has %s is damaged", (_, json) => {
  expect(() => decode(json)).toThrow(expect.objectContaining({ code: "data-corrupt" }));
});

test("nesting without end is refused, at once", () => {
  for (const piece of ["[", '{"a":', '{"packs":['])
    expect(() => decode(`{"x":${piece.repeat(1_000_000)}`)).toThrow("nested more than 32");
});

test("no damage makes the decoder do anything but refuse", () => {
  const json = encodeIndex([somePack(3), somePack(1, "tree")]);
  for (let at = 0; at < json.length; at++) expectRefused(json.subarray(0, at));
  fc.assert(
    fc.property(fc.nat(), fc.uint8Array({ maxLength: 20 }), (position, noise) => {
      const at = position % json.length;
      const flipped = Buffer.from(json);
      flipped[at] = (flipped[at] as number) ^ (1 << (position % 8));
      const inserted = Buffer.concat([json.subarray(0, at), noise, json.subarray(at)]);
      for (const damaged of [flipped, inserted, noise]) expectAnswer(damaged);
    }),
    { numRuns: 2000 },
  );
});

function expectRefused(json: Uint8Array): void {
  expect(() => [...decodeIndex(json)]).toThrow(expect.objectContaining({ code: "data-corrupt" }));
}

/** A changed digit still makes an index. */
function expectAnswer(json: Uint8Array): void {
  try {
    for (const pack of decodeIndex(json)) expect(pack.packId).toMatch(/^[0-9a-f]{64}$/);
  } catch (error) {
    expect(isBackupError(error, "data-corrupt")).toBe(true);
  }
}
