import { describe, expect, test } from "vitest";
import {
  createNode,
  decodeTree,
  encodeNode,
  encodeTree,
  modeOf,
  type Node,
  permissionsOf,
  sortNodes,
  TreeBuilder,
} from "../../../../lib/repository/tree/index.ts";
import { dirNode, fileNode } from "../../../helpers/tree-nodes.ts";

const ID = "3f2a91c0".repeat(8);
const TIMES =
  '"mtime":"2026-11-21T04:00:00.123456789+01:00","atime":"2026-11-21T04:00:00.123456789+01:00","ctime":"2026-11-21T03:00:00Z"';
const decode = (json: string) => decodeTree(Buffer.from(json), ID);
const minimal = (fields: string) =>
  `{"nodes":[{"name":"a","type":"file",${TIMES},"uid":0,"gid":0,"content":null${fields}}]}\n`;

describe("a node's text", () => {
  test("holds restic's keys in restic's order", () => {
    const node = fileNode("a<b>.txt", {
      deviceId: 66305n,
      links: 2n,
      linkTarget: "to",
      extendedAttributes: [
        { name: "user.a", value: "aGk=" },
        { name: "user.b", value: null },
      ],
      genericAttributes: { "windows.file_attributes": 32 },
      device: 259n,
      subtree: ID,
      error: "no <reason>",
      unknown: { future: [1, "&"] },
    });
    expect(encodeNode(node)).toBe(
      `{"name":"a\\u003cb\\u003e.txt","type":"file","mode":420,${TIMES},"uid":1000,"gid":100,"user":"agent","group":"users",` +
        '"inode":4711,"device_id":66305,"size":5,"links":2,"linktarget":"to",' +
        '"extended_attributes":[{"name":"user.a","value":"aGk="},{"name":"user.b","value":null}],' +
        `"generic_attributes":{"windows.file_attributes":32},"device":259,"content":["${ID}"],"subtree":"${ID}",` +
        '"error":"no \\u003creason\\u003e","future":[1,"\\u0026"]}',
    );
  });

  test("leaves out what is zero or empty, but never uid, gid and content", () => {
    const empty = { user: "", group: "", inode: 0n, sizeBytes: 0n, links: undefined, content: [] };
    expect(encodeNode(fileNode("a", { ...empty, mode: 0, uid: 0, gid: 0 }))).toBe(
      `{"name":"a","type":"file",${TIMES},"uid":0,"gid":0,"content":[]}`,
    );
  });

  test("names that are not UTF-8 are quoted twice, targets stand as bytes too", () => {
    const text = encodeNode(
      fileNode('q"\udcff\u00a0', { type: "symlink", linkTarget: "to\udcff<", content: null }),
    );
    expect(text).toContain('"name":"q\\\\\\"\\\\xff\\\\u00a0"');
    expect(text).toContain('"linktarget":"to\\ufffd\\u003c","linktarget_raw":"dG//PA=="');
  });
});

describe("a tree's bytes", () => {
  test("are a list and a final newline", () => {
    expect(encodeTree({ nodes: [] }).toString()).toBe('{"nodes":[]}\n');
    const two = [fileNode("a"), dirNode("b", ID)] as const;
    expect(encodeTree({ nodes: two, unknown: { x: 1 } }).toString()).toBe(
      `{"nodes":[${encodeNode(two[0])},${encodeNode(two[1])}],"x":1}\n`,
    );
  });

  test("stay the same when they are cut into pieces on the way", () => {
    const nodes = Array.from({ length: 3000 }, (_, i) =>
      fileNode(`日${String(i).padStart(5, "0")}`),
    );
    const whole = `{"nodes":[${nodes.map(encodeNode).join(",")}]}\n`;
    expect(encodeTree({ nodes }).toString() === whole).toBe(true);
  });

  test.each([
    ["b", "a"],
    ["a", "a"],
    ["😀", "\uffee"],
  ])("are not made of %j before %j", (first, second) => {
    const builder = new TreeBuilder();
    builder.add(fileNode(first));
    expect(() => builder.add(fileNode(second))).toThrow(
      expect.objectContaining({ code: "internal" }),
    );
  });

  test("are not made of an empty name", () => {
    expect(() => new TreeBuilder().add(fileNode(""))).toThrow("a node has no name");
  });

  test("nodes sort by the bytes of their names", () => {
    const names = sortNodes(["😀", "b\udcff", "\uffee", "b", "B"].map((name) => fileNode(name)));
    expect(names.map((node) => node.name)).toEqual(["B", "b", "b\udcff", "\uffee", "😀"]);
  });
});

describe("decoding", () => {
  test("gives back what was encoded, numbers beyond 2^53 and unknown fields included", () => {
    const nodes: Node[] = [
      fileNode("a", { inode: 2n ** 64n - 1n, deviceId: 2n ** 63n + 1n, sizeBytes: 2n ** 53n + 1n }),
      dirNode("b", ID),
      fileNode("c\udcff", { type: "symlink", linkTarget: "\udcff", content: null }),
      fileNode("d", { extendedAttributes: [{ name: "n", value: null }], error: "e" }),
    ];
    expect(decodeTree(encodeTree({ nodes }), ID)).toEqual({ nodes });
  });

  test.each([
    minimal(',"future":{"a":[1.50,12345678901234567890],"b":null}'),
    minimal(`,"subtree":"${ID}","__proto__":{"x":1e3}`),
    '{"nodes":[],"later":[{"a":1}]}\n',
    minimal(',"error":"\\u003c\\u2028\\b\\f"'),
    minimal("").replace('"a"', '"\\\\x01\\\\U0001f9d1x\\\\u200dy"').replace("\\\\U0001f9d1", "🧑"),
  ])("keeps the bytes of %s", (json) => {
    expect(encodeTree(decode(json)).toString()).toBe(json);
  });

  test("takes null for absent, as Go does, and an old empty tree", () => {
    expect(decode('{"nodes":null}')).toEqual({ nodes: [] });
    const [node] = decode(minimal(',"user":null,"extended_attributes":null,"subtree":null')).nodes;
    expect(node).toMatchObject({ user: undefined, extendedAttributes: undefined });
  });

  test("times that rustic leaves out are read as Go reads them", () => {
    const json = minimal("").replace(`${TIMES},`, '"ctime":null,');
    const none = "0001-01-01T00:00:00Z";
    expect(decode(json).nodes[0]).toMatchObject({ mtime: none, atime: none, ctime: none });
  });

  test("lone surrogates that were written as escapes are no bytes of a name or target", () => {
    const json = minimal(',"linktarget":"\\udcff"').replace('"a"', '"\\udcff"');
    expect(decode(json).nodes[0]).toMatchObject({ name: "\ufffd", linkTarget: "\ufffd" });
  });

  test.each([
    ["", "is not JSON"],
    ["{}", "has no nodes"],
    ['{"nodes":{}}', "nodes is no list"],
    ['{"nodes":[1]}', "node 0: is no object"],
    [minimal("").replace('"file"', '"door"'), 'node 0: type "door" is not known'],
    [minimal("").replace('"a"', '""'), "is no path segment"],
    [minimal("").replace('"a"', '".."'), "is no path segment"],
    [minimal("").replace('"a"', '"a/b"'), "is no path segment"],
    [minimal("").replace('"a"', '"\\\\x00"'), "is no path segment"],
    [minimal("").replace('"a"', '"\\\\q"'), "is not quoted as Go does"],
    [minimal("").replace('"a"', `"${"n".repeat(5000)}"`), "name is too long"],
    [minimal("").replace('"a"', "7"), "name is no text"],
    [minimal("").replace("2026-11-21T03:00:00Z", "soon"), "ctime is no time"],
    [minimal(',"mode":-1'), "mode is no number of 32 bits"],
    [minimal(',"mode":4294967296'), "mode is no number of 32 bits"],
    [minimal(',"inode":1.5'), "inode is no number of 64 bits"],
    [minimal(',"size":18446744073709551616'), "size is no number of 64 bits"],
    [minimal("").replace("null", '["x"]'), "content holds no blob ids"],
    [minimal("").replace("null", "{}"), "content is no list"],
    [minimal(',"subtree":"3f2a"'), "subtree is no blob id"],
    [minimal(',"linktarget_raw":"*"'), "linktarget_raw is not base64"],
    [minimal(',"extended_attributes":[{"name":"a","value":"*"}]'), "is not base64"],
    [minimal(',"extended_attributes":[["a"]]'), "an extended attribute is no object"],
    [minimal(',"extended_attributes":{}'), "extended_attributes is no list"],
    [minimal(',"generic_attributes":[]'), "generic_attributes is no object"],
    [minimal(`,"x":${"[".repeat(40)}${"]".repeat(40)}`), 'field "x" is nested too deep'],
    [minimal("").replace(/\[(.*)\]/, "[$1,$1]"), 'node "a" is there twice'],
  ])("refuses %s", (json, message) => {
    expect(() => decode(json)).toThrow(
      expect.objectContaining({
        code: "data-corrupt",
        message: expect.stringMatching(new RegExp(`^tree ${ID}: `)),
      }),
    );
    expect(() => decode(json)).toThrow(message);
  });

  test("refuses nodes that are not in order, and more or larger than allowed", () => {
    const bytes = Buffer.from(
      `{"nodes":[${encodeNode(fileNode("b"))},${encodeNode(fileNode("a"))}]}`,
    );
    expect(() => decodeTree(bytes, ID)).toThrow('node "a" comes after "b"');
    const tooMany = expect.objectContaining({ code: "limit-exceeded" });
    expect(() => decodeTree(bytes, ID, { maxNodes: 1 })).toThrow(tooMany);
    expect(() => decodeTree(bytes, ID, { maxBytes: 100 })).toThrow(tooMany);
  });
});

describe("modes are Go's", () => {
  test.each([
    ["file", 0o644, 420],
    ["dir", 0o755, 2147484141],
    ["dir", 0o1777, 2148532735],
    ["symlink", 0o777, 134218239],
    ["file", 0o4755, 8389101],
    ["file", 0o2755, 4194797],
    ["fifo", 0o600, 33554816],
    ["socket", 0o600, 16777600],
    ["dev", 0o660, 67109296],
    ["chardev", 0o660, 69206448],
  ] as const)("%s %o is %d", (type, permissions, mode) => {
    expect(modeOf(type, permissions)).toBe(mode);
    expect(permissionsOf(mode)).toBe(permissions);
  });
});

describe("a node of what lstat tells", () => {
  const facts = {
    ...{ sizeBytes: 12, mode: 0o1777, mtimeNs: 1n, ctimeNs: 2n, dev: 66305n, ino: 7n, nlink: 1 },
    ...{ uid: 0, gid: 0 },
  };

  test("has what restic stores of each type", () => {
    const utc = { utcOffsetMinutes: 0 };
    const file = createNode("f", { ...facts, type: "file" }, { ...utc, content: [ID] });
    expect(file).toMatchObject({ sizeBytes: 12n, links: 1n, deviceId: undefined, content: [ID] });
    expect([file.mtime, file.atime]).toEqual(Array(2).fill("1970-01-01T00:00:00.000000001Z"));
    const linked = createNode("f", { ...facts, type: "file", nlink: 2 }, utc);
    expect(linked).toMatchObject({ links: 2n, deviceId: 66305n, content: [] });
    const dir = createNode("d", { ...facts, type: "dir", nlink: 5 }, { ...utc, subtree: ID });
    expect(dir).toMatchObject({ links: undefined, deviceId: undefined, sizeBytes: undefined });
    expect(dir).toMatchObject({ content: null, subtree: ID, mode: modeOf("dir", 0o1777) });
    const link = createNode("l", { ...facts, type: "symlink" }, { ...utc, linkTarget: "f" });
    expect(link).toMatchObject({ links: 1n, linkTarget: "f", sizeBytes: undefined, content: null });
  });
});
