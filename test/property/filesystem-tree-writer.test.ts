import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBackupError } from "../../lib/base/index.ts";
import { createTreeWriter, type TreeLimits, type TreeWriter } from "../../lib/filesystem/index.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import {
  dir,
  expectTree,
  file,
  readTree,
  symlink,
  type TreeEntry,
  writeTree,
} from "../helpers/tree.ts";

const LIMITS: TreeLimits = { maxEntries: 1000, maxBytes: 1e6, maxDepth: 20, maxNameBytes: 255 };

const name = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("a", "b", "c", "A") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("caf\udce9", "C:x", "a\\b", "\n", "é", "e\u0301", "..."),
  },
);
const mode = fc.integer({ min: 0, max: 0o777 });
const mtime = fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true });

const { entry } = fc.letrec<{ entry: TreeEntry }>((tie) => ({
  entry: fc.oneof(
    { depthSize: "small" },
    fc.record({
      type: fc.constant("file" as const),
      body: fc.uint8Array({ maxLength: 50 }),
      mode: mode.map((bits) => bits | 0o600),
      mtime,
    }),
    fc.record({
      type: fc.constant("symlink" as const),
      target: fc.constantFrom("/etc", "..", "a"),
    }),
    fc.record({
      type: fc.constant("dir" as const),
      children: fc.dictionary(name, tie("entry"), { maxKeys: 5 }),
      mode: mode.map((bits) => bits | 0o700),
      mtime,
    }),
  ),
}));

async function addAll(writer: TreeWriter, prefix: string, children: Record<string, TreeEntry>) {
  for (const [childName, child] of Object.entries(children)) {
    const path = prefix + childName;
    if (child.type === "symlink") writer.addSymlink(path, child.target, {});
    if (child.type !== "file" && child.type !== "dir") continue;
    const facts = {
      mode: child.mode ?? 0,
      mtimeNs: BigInt(child.mtime?.getTime() ?? 0) * 1_000_000n,
    };
    if (child.type === "file") await writer.addFile(path, Buffer.from(child.body), facts);
    else {
      writer.addDirectory(path, facts);
      await addAll(writer, `${path}/`, child.children);
    }
  }
}

type Action = (writer: TreeWriter, path: string, target: string) => unknown;

const ACTIONS: Readonly<Record<string, Action>> = {
  file: (writer, path) => writer.addFile(path, Buffer.from("evil"), { mode: 0o777 }),
  dir: (writer, path) => writer.addDirectory(path, { mode: 0o777, mtimeNs: 0n }),
  symlink: (writer, path, target) => writer.addSymlink(path, target, { mtimeNs: 0n }),
  hardlink: (writer, path, target) => writer.addHardlink(path, target),
};

describe("a tree writer", () => {
  it("writes any tree as it was given", async () => {
    const isFolding = process.platform === "darwin";
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, entry, { maxKeys: 6 }), async (literal) => {
        fc.pre(!isFolding);
        await using temp = await tempDir();
        await using writer = await createTreeWriter(temp.join("out"), { limits: LIMITS });
        await addAll(writer, "", literal);
        await writer.finish();
        expectTree(writer.root, literal);
      }),
      { numRuns: 60 },
    );
  });

  it("never touches anything outside its root, whatever it is told", async () => {
    const segment = fc.constantFrom(
      "a",
      "b",
      "..",
      ".",
      "",
      "out",
      "victim",
      "secret",
      "\0",
      "\udcc3\udca9",
    );
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const target = fc.oneof(
      path,
      fc.constantFrom("../victim", "/tmp", "../victim/secret", "a", "b/a"),
    );
    const step = fc.record({
      kind: fc.constantFrom(...Object.keys(ACTIONS)),
      path: fc.oneof(
        path,
        path.map((text) => `/${text}`),
      ),
      target,
    });
    const outside = {
      victim: dir({ secret: file("untouched", { mode: 0o640 }) }, { mode: 0o750 }),
      l: symlink("victim"),
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        await using temp = await tempDir();
        writeTree(temp.path, outside);
        const before = readTree(temp.path);
        await using writer = await createTreeWriter(temp.join("out"), { limits: LIMITS });
        for (const { kind, path: given, target: to } of steps) {
          await attempt(async () => await ACTIONS[kind]?.(writer, given, to));
        }
        await attempt(() => writer.finish());
        const after = Object.entries(readTree(temp.path)).filter(
          ([found]) => !/^out(\/|$)/.test(found),
        );
        expect(Object.fromEntries(after)).toEqual(before);
      }),
      { numRuns: 120 },
    );
  });
});

/** Only the refusals of the contract may come. */
async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isBackupError(error, "path-outside-target", "data-corrupt")) throw error;
  }
}
