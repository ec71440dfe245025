import { mkdirSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openCapture, planCapture } from "../../lib/capture/index.ts";
import { compareBytes, pathFromBuffer } from "../../lib/filesystem/index.ts";
import { captureOptions, collect, plainInstallation } from "../helpers/plain-installation.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import {
  dir,
  file,
  readTree,
  symlink,
  type TreeEntry,
  type TreeLiteral,
  writeTree,
} from "../helpers/tree.ts";

const name = fc
  .oneof(
    { weight: 3, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }) },
    fc.uint8Array({ minLength: 1, maxLength: 12 }).map(pathFromBuffer),
    fc.constantFrom("a.log", "x.tmp.md", "node", "C:x", "a\\b", "db-wal", "db-shm", "CACHEDIR.TAG"),
  )
  .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== "..")
  // Names with a meaning of their own are tested by name.
  .filter((text) => !/^\.clawback-|^node_modules$|\.pid$/.test(text));

const { entries } = fc.letrec<{ entry: TreeEntry; entries: TreeLiteral }>((tie) => ({
  entries: fc.dictionary(name, tie("entry"), { maxKeys: 6 }),
  entry: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.uint8Array({ maxLength: 600 }).map((body) => file(body)),
    name.map((target) => symlink(target)),
    tie("entries").map((children) => dir(children)),
  ),
}));

it("everything in a workspace is captured once, in byte order, parents first, as it is on disk", async () => {
  await fc.assert(
    fc.asyncProperty(entries, async (literal) => {
      await using base = await tempDir();
      const stateDir = base.join("state");
      mkdirSync(base.join("tmp"));
      writeTree(stateDir, { workspace: dir(literal) });
      const options = captureOptions(plainInstallation(stateDir), base.join("tmp"));
      await using running = openCapture(options);
      const collected = (await collect(running, { stateDir })).slice(1);
      const onDisk = readTree(stateDir);
      expect(collected.map(({ path }) => path).toSorted(compareBytes)).toEqual(Object.keys(onDisk));
      expect(running.report().omissions).toEqual([]);
      const seen = new Set([""]);
      for (const { path, entry, content } of collected) {
        expect(seen.has(path.slice(0, Math.max(0, path.lastIndexOf("/"))))).toBe(true);
        seen.add(path);
        const expected = onDisk[path];
        expect(entry.type).toBe(expected?.type);
        if (entry.type === "file") expect(asText(content)).toBe(expected?.body);
        if (entry.type === "symlink") expect(entry.target).toBe(expected?.target);
      }
      const plan = await planCapture(options);
      const files = collected.filter(({ type }) => type === "file");
      const bytes = files.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
      expect(plan.included).toEqual({ files: files.length, bytes });
      expect(plan.rules).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

it("what a capture takes and what the plan says it leaves out add up, whatever the rules", async () => {
  const rule = fc.oneof(name, fc.constantFrom("*.log", "a*", "**/x", "!a*", "/workspace/*", "*/"));
  await fc.assert(
    fc.asyncProperty(
      entries,
      fc.array(rule, { maxLength: 4 }),
      fc.array(rule, { maxLength: 2 }),
      async (literal, exclude, include) => {
        await using base = await tempDir();
        const stateDir = base.join("state");
        mkdirSync(base.join("tmp"));
        writeTree(stateDir, { workspace: dir(literal) });
        const flags = { exclude, include };
        const options = captureOptions(plainInstallation(stateDir), base.join("tmp"), { flags });
        await using running = openCapture(options);
        const collected = await collect(running, { stateDir });
        const taken = collected.filter(({ type }) => type === "file");
        const plan = await planCapture(options);
        const all = Object.values(readTree(stateDir)).filter(({ type }) => type === "file");
        const left = plan.rules.reduce((sum, { excluded }) => sum + excluded.files, 0);
        expect(plan.included.files).toBe(taken.length);
        expect(taken.length + left).toBe(all.length);
      },
    ),
    { numRuns: 150 },
  );
});

function asText(bytes: Buffer | undefined): string | undefined {
  const text = bytes?.toString("utf8");
  return text !== undefined && bytes?.equals(Buffer.from(text)) ? text : bytes?.toString("hex");
}
