import { expect, test } from "vitest";
import {
  hasUnreadableTarget,
  layOut,
  type TarEntry,
} from "../../../../lib/archive/write/tar-entry.ts";
import { TarPack } from "../../../../lib/archive/write/tar-pack.ts";

const entry = (changes: Partial<TarEntry>): TarEntry => ({
  ...{
    name: "root/x",
    type: "file",
    mode: 0o644,
    mtimeNs: 1_790_000_000_999_999_999n,
    sizeBytes: 0,
  },
  ...changes,
});

/** How many bytes archiver really writes for an entry. */
async function writtenBytes(tarEntry: TarEntry): Promise<number> {
  let bytes = 0;
  const pack = await TarPack.open((chunk) => {
    bytes += chunk.length;
  });
  await pack.add(tarEntry, layOut(tarEntry), Buffer.alloc(tarEntry.sizeBytes));
  await pack.finish();
  return bytes - 1024;
}

const name = (length: number, prefix = "root"): string => `${prefix}/${"n".repeat(length)}`;
const CASES: readonly [string, Partial<TarEntry>][] = [
  ["a plain file", { sizeBytes: 5 }],
  ["a file of whole blocks", { sizeBytes: 1024 }],
  ["a name of 100 bytes", { name: name(95) }],
  ["a name of 101 bytes, split", { name: name(96) }],
  ["a last part of 100 bytes", { name: name(100) }],
  ["a last part of 101 bytes", { name: name(101) }],
  ["a directory's last part of 99 bytes", { name: name(99), type: "directory" }],
  ["a directory's last part of 100 bytes", { name: name(100), type: "directory" }],
  ["a prefix of 155 bytes", { name: name(80, `root/${"p".repeat(150)}`) }],
  ["a prefix of 156 bytes", { name: name(80, `root/${"p".repeat(151)}`) }],
  ["many short parts", { name: `root/${"a/".repeat(120)}x` }],
  ["a long name", { name: name(255, `root/${"p/".repeat(1000)}`) }],
  ["a name that is not ASCII", { name: "root/é" }],
  ["a link of 100 bytes", { type: "symlink", linkname: "l".repeat(100) }],
  ["a link of 101 bytes", { type: "symlink", linkname: "l".repeat(101) }],
  ["a link that is not ASCII", { type: "symlink", linkname: "é" }],
  ["a hard link", { type: "link", linkname: "root/y" }],
  ["a time before 1970", { mtimeNs: -1n }],
  ["a time after 2038", { mtimeNs: 2n ** 31n * 1_000_000_000n }],
  ["own records", { records: { "CLAWBACK.path": "%ff", "CLAWBACK.mode": "0" } }],
  ["records of about 100 bytes", { records: { "CLAWBACK.path": "x".repeat(82) } }],
  [
    "records of about 1000 bytes",
    { records: { "CLAWBACK.path": "x".repeat(979) }, name: "root/é" },
  ],
];

test.each(CASES)("layOut knows how many bytes archiver writes for %s", async (_, changes) => {
  expect(layOut(entry(changes)).totalBytes).toBe(await writtenBytes(entry(changes)));
});

test("layOut knows it for every length of a name and a record", async () => {
  for (let length = 1; length < 260; length += 1) {
    const each = entry({ name: `root/é${"n".repeat(length)}` });
    expect([length, layOut(each).totalBytes]).toEqual([length, await writtenBytes(each)]);
  }
});

test("layOut keeps a time that the header cannot hold in a record", () => {
  expect(layOut(entry({ mtimeNs: -1n }))).toMatchObject({ mtimeSeconds: 0, pax: { mtime: "-1" } });
  expect(layOut(entry({}))).toMatchObject({ mtimeSeconds: 1_790_000_000, pax: undefined });
});

test("hasUnreadableTarget is true only where node-tar could cut a character of the target", () => {
  const target = (linkname: string) => hasUnreadableTarget(entry({ type: "symlink", linkname }));
  expect(target("é".repeat(200))).toBe(false);
  expect(target("é".repeat(300))).toBe(true);
  expect(target("e".repeat(4000))).toBe(false);
});
