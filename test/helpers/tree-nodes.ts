import { hash } from "node:crypto";
import fc from "fast-check";
import { textOfBytes } from "../../lib/base/index.ts";
import {
  encodeTree,
  modeOf,
  type Node,
  sortNodes,
  type Tree,
} from "../../lib/repository/tree/index.ts";

const ID = "3f2a91c0".repeat(8);

/** A file's node with these fields, every other plain. */
export function fileNode(name: string, facts: Partial<Node> = {}): Node {
  const time = "2026-11-21T04:00:00.123456789+01:00";
  return {
    name,
    type: "file",
    mode: modeOf("file", 0o644),
    mtime: time,
    atime: time,
    ctime: "2026-11-21T03:00:00Z",
    uid: 1000,
    gid: 100,
    user: "agent",
    group: "users",
    inode: 4711n,
    sizeBytes: 5n,
    links: 1n,
    content: [ID],
    ...facts,
  };
}

/** A directory's node over a subtree. */
export function dirNode(
  name: string,
  subtree: string | undefined,
  facts: Partial<Node> = {},
): Node {
  const plain = { type: "dir", mode: modeOf("dir", 0o755), content: null, subtree } as const;
  return fileNode(name, { ...plain, sizeBytes: undefined, links: undefined, ...facts });
}

/** A literal of nested directories (names and what they hold; null is a file) as tree blobs by id. */
export interface DirLiteral {
  readonly [name: string]: DirLiteral | null;
}

export function treeBlobs(literal: DirLiteral): { root: string; trees: Map<string, Tree> } {
  const trees = new Map<string, Tree>();
  const add = (dir: DirLiteral): string => {
    const nodes = Object.entries(dir).map(([name, inner]) =>
      inner === null ? fileNode(name) : dirNode(name, add(inner)),
    );
    const tree = { nodes: sortNodes(nodes) };
    const id = hash("sha256", encodeTree(tree));
    trees.set(id, tree);
    return id;
  };
  return { root: add(literal), trees };
}

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
export const anyHexId: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((b) => Buffer.from(b).toString("hex"));
const anyText = fc.string({ unit: "binary", maxLength: 8 }).map((text) => text.toWellFormed());

/** Names of any bytes a file system may hold, many of them not UTF-8, some of odd characters. */
export const anyName: fc.Arbitrary<string> = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }).map(textOfBytes),
    fc.string({ unit: "binary", minLength: 1, maxLength: 8 }).map((text) => text.toWellFormed()),
    fc.string({ minLength: 1, maxLength: 8 }),
  )
  .filter((name) => !/^\.{0,2}$|[/\0]/.test(name));

const zone = fc.constantFrom("Z", "+01:00", "-03:30", "+14:00");
export const anyTime: fc.Arbitrary<string> = fc
  .tuple(
    fc.date({ min: new Date(0), max: new Date("9998-01-01"), noInvalidDate: true }),
    fc.stringMatching(/^(\.[0-9]{0,8}[1-9])?$/),
    zone,
  )
  .map(([date, decimals, offset]) => date.toISOString().slice(0, 19) + decimals + offset);

/** Any node, every field from absent to extreme. */
export const anyNode: fc.Arbitrary<Node> = fc.record({
  name: anyName,
  type: fc.constantFrom("file", "dir", "symlink", "dev", "chardev", "fifo", "socket", "irregular"),
  mode: fc.nat(0xffff_ffff),
  mtime: anyTime,
  atime: anyTime,
  ctime: anyTime,
  uid: fc.nat(0xffff_ffff),
  gid: fc.nat(0xffff_ffff),
  user: fc.option(anyText.filter(isSome), { nil: undefined }),
  group: fc.option(anyText.filter(isSome), { nil: undefined }),
  inode: fc.option(uint64.filter(isSome), { nil: undefined }),
  deviceId: fc.option(uint64.filter(isSome), { nil: undefined }),
  sizeBytes: fc.option(uint64.filter(isSome), { nil: undefined }),
  links: fc.option(uint64.filter(isSome), { nil: undefined }),
  linkTarget: fc.option(fc.uint8Array({ minLength: 1, maxLength: 12 }).map(textOfBytes), {
    nil: undefined,
  }),
  extendedAttributes: fc.option(
    fc.array(fc.record({ name: anyText, value: fc.constantFrom(null, "", "AA==", "aGVsbG8=") }), {
      minLength: 1,
      maxLength: 3,
    }),
    { nil: undefined },
  ),
  device: fc.option(uint64.filter(isSome), { nil: undefined }),
  content: fc.option(fc.array(anyHexId, { maxLength: 3 })),
  subtree: fc.option(anyHexId, { nil: undefined }),
  error: fc.option(anyText.filter(isSome), { nil: undefined }),
});

/** Zero and empty values are left out of the stored form, so they come back as absent. */
function isSome(value: string | bigint): boolean {
  return value !== "" && value !== 0n;
}

export const anyTree: fc.Arbitrary<Tree> = fc
  .uniqueArray(anyNode, { selector: (node) => node.name, maxLength: 6 })
  .map((nodes) => ({ nodes: sortNodes(nodes) }));
