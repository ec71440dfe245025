import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ArchiveInput } from "../../lib/archive/index.ts";
import { ownPathOf, storedNameOf } from "../../lib/archive/index.ts";
import { BackupError } from "../../lib/base/index.ts";
import {
  dirInput,
  fileInput,
  hardlinkInput,
  readWhole,
  STATE,
  symlinkInput,
  writeInputs,
} from "../helpers/archive-inputs.ts";

/** Names that real file systems hold: any bytes but `/` and NUL, often twins and often close to what is special. */
const name = fc
  .oneof(
    fc.constantFrom(
      "a",
      "A",
      "é",
      "e\u0301",
      "É",
      "C:x",
      "a\\b",
      "x\ny",
      "clawback~a",
      "Clawback~%61",
      "\udcff",
      "K",
      "\u212a",
    ),
    fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
    fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => textOf(bytes)),
    fc.string({ minLength: 1, maxLength: 255 }),
  )
  .map((text) => text.replaceAll(/[/\0]/g, "_"))
  .filter((text) => text !== "." && text !== ".." && text !== "" && !hasOddSurrogate(text));

/** Each byte that is not ASCII as the lone surrogate that stands for it. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...[...bytes].map((byte) => (byte < 0x80 ? byte : 0xdc00 + byte)));
}

/** Lone surrogates that stand for no byte, or for bytes that are UTF-8 together, are no names of a listing. */
function hasOddSurrogate(text: string): boolean {
  if (text.isWellFormed()) return false;
  return (
    [...text].some(
      (each) => each.length === 1 && /[\ud800-\udfff]/.test(each) && !/[\udc80-\udcff]/.test(each),
    ) || /[\udcc2-\udcf4]/.test(text)
  );
}

interface Node {
  readonly name: string;
  readonly kind: "file" | "dir" | "symlink" | "hardlink";
  readonly body: Uint8Array;
  readonly target: string;
  readonly mode: number;
  readonly children: readonly Node[];
}

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.record({
    name,
    kind: fc.constantFrom("file", "file", "dir", "dir", "symlink", "hardlink"),
    body: fc.uint8Array({ maxLength: 2000 }),
    target: name,
    mode: fc.integer({ min: 0, max: 0o777 }),
    children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie("node"), { maxLength: 4 })),
  }),
}));

/** A tree as capture gives it: each directory first, no path twice, hard links to the last file. */
function* inputsOf(
  nodes: readonly Node[],
  parent = STATE,
  state = { lastFile: "" },
): Generator<ArchiveInput> {
  const seen = new Set<string>();
  for (const { name, kind, body, target, mode, children } of nodes) {
    if (seen.has(name)) continue;
    seen.add(name);
    const path = `${parent}/${name}`;
    if (kind === "dir") {
      yield dirInput(path, mode);
      yield* inputsOf(children, path, state);
    } else if (kind === "symlink") yield symlinkInput(path, target);
    else if (kind === "hardlink" && state.lastFile !== "")
      yield hardlinkInput(path, state.lastFile);
    else {
      state.lastFile = path;
      yield fileInput(path, body, { mode });
    }
  }
}

const facts = (input: ArchiveInput): unknown =>
  input.type === "omission"
    ? input
    : {
        ...{
          type: input.type,
          path: input.path,
          target: "target" in input ? input.target : undefined,
        },
        ...(input.type === "file" || input.type === "dir" ? { mode: input.mode } : {}),
        ...(input.type === "file"
          ? { body: Buffer.from(input.content as Uint8Array).toString("hex") }
          : {}),
      };

test("an archive gives back any tree, and holds no two names that OpenClaw would take for twins", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(node, { maxLength: 8 }),
      fc.integer({ min: 1, max: 5000 }),
      async (nodes, chunkSize) => {
        const inputs = [...inputsOf(nodes)];
        const { bytes, summary } = await writeInputs(inputs);
        const { entries, findings } = await readWhole(bytes, { chunkSize });
        expect(findings).toEqual([]);
        const read = entries.slice(1).map(({ entry, content }) => ({
          ...{ type: entry.type, path: entry.path, target: entry.target },
          ...(entry.type === "file" || entry.type === "dir" ? { mode: entry.mode } : {}),
          ...(entry.type === "file" ? { body: content.toString("hex") } : {}),
        }));
        expect(sorted(read)).toEqual(sorted(inputs.map(facts)));
        const keys = entries.map(({ entry }) =>
          entry.storedPath.replace(/\/$/, "").normalize("NFC").toLowerCase(),
        );
        const stored = keys.filter((key) => key !== "");
        expect(new Set(stored).size).toBe(stored.length);
        for (const { entry } of entries) expect(entry.storedPath).not.toMatch(/\\|\n|\/[a-z]:/i);
        expect(summary.omissions).toEqual([]);
      },
    ),
    { numRuns: 150 },
  );
});

test("whatever is done to an archive's tar is refused, noticed or harmless", async () => {
  const inputs = [
    ...[
      dirInput("ws"),
      fileInput("ws/é".repeat(30), "x".repeat(600)),
      fileInput("ws/C:x", "1", { mode: 0 }),
    ],
    ...[
      hardlinkInput("ws/h", "ws/C:x"),
      symlinkInput("ws/l", "\udcff"),
      symlinkInput("ws/m", "語".repeat(300)),
    ],
  ];
  const tar = gunzipSync((await writeInputs(inputs)).bytes);
  const whole = await readWhole(tar);
  const place = fc.nat({ max: tar.length - 1 });
  const damage = fc.oneof(
    fc.record({
      at: place,
      length: fc.constant(1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 1 }),
    }),
    fc.record({
      at: place,
      length: fc.nat({ max: 2000 }),
      bytes: fc.uint8Array({ maxLength: 600 }),
    }),
    fc.record({
      at: place.map((at) => at - (at % 512)),
      length: fc.constantFrom(0, 512, 1024),
      bytes: place.map((at) => tar.subarray(at - (at % 512), at + 512)),
    }),
  );
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, length, bytes }) => {
      const damaged = Buffer.concat([tar.subarray(0, at), bytes, tar.subarray(at + length)]);
      try {
        const read = await readWhole(damaged, { chunkSize: 5000 });
        if (read.findings.length === 0) expect(read.entries).toEqual(whole.entries);
      } catch (error) {
        expect(error).toBeInstanceOf(BackupError);
        expect(error).not.toMatchObject({ code: "internal" });
      }
    }),
    { numRuns: 1500 },
  );
});

test("a stored name leads back to the name, and no two names have the same", () => {
  fc.assert(
    fc.property(name, name, (first, second) => {
      const stored = storedNameOf(first);
      if (!stored.startsWith("clawback~~")) expect(ownPathOf(stored)).toBe(first);
      expect(stored === storedNameOf(second)).toBe(first === second);
    }),
    { numRuns: 2000 },
  );
});

function sorted<T>(values: readonly T[]): T[] {
  const key = (value: T): string => JSON.stringify(value);
  return [...values].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
