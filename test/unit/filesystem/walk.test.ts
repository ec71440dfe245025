import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  fsPath,
  type WalkedEntry,
  type WalkOptions,
  type WalkProblem,
  walk,
} from "../../../lib/filesystem/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, hardlink, symlink, tree, writeTree } from "../../helpers/tree.ts";

function pathsOf(root: string, options: WalkOptions = {}): string[] {
  return [...walk(root, options)].map((entry) => entry.relativePath);
}

describe("walk", () => {
  it("gives the root, then each directory before what it holds, names in byte order", async () => {
    await using temp = await tempDir();
    const names = ["b", "a", "a-b", "B", "\u{1f600}", "\ufb01", "é", "0"];
    writeTree(temp.path, tree(Object.fromEntries(names.map((name) => [name, file()]))));
    mkdirSync(temp.join("a-dir"));
    writeFileSync(temp.join("a-dir", "x"), "");
    expect(pathsOf(temp.path)).toEqual([
      ...["", "0", "B", "a", "a-b", "a-dir", "a-dir/x", "b", "é", "\ufb01", "\u{1f600}"],
    ]);
  });

  it("tells type, size, mode, links and time of every kind of entry", async () => {
    await using temp = await tempDir();
    const mtime = new Date("2026-11-20T03:04:05.678Z");
    writeTree(temp.path, {
      "a.txt": file("hello", { mode: 0o4640, mtime }),
      b: hardlink("a.txt"),
      d: dir({}, { mode: 0o1777 }),
      l: symlink("a.txt"),
      loop: symlink("loop"),
    });
    execFileSync("mkfifo", [temp.join("p")]);
    const found = new Map(
      [...walk(temp.path)].map(({ relativePath, stat }) => [relativePath, stat]),
    );
    const [a, b, d] = [found.get("a.txt"), found.get("b"), found.get("d")];
    expect(a).toMatchObject({ type: "file", sizeBytes: 5, mode: 0o4640, nlink: 2 });
    expect((a?.mtimeNs ?? 0n) / 1000n).toBe(BigInt(mtime.getTime()) * 1000n);
    expect([b?.ino, b?.dev]).toEqual([a?.ino, a?.dev]);
    expect(d).toMatchObject({ type: "dir", mode: 0o1777 });
    expect(found.get("l")?.type).toBe("symlink");
    expect(found.get("loop")?.type).toBe("symlink");
    expect(found.get("p")?.type).toBe("fifo");
  });

  it("keeps the bytes of names that are not UTF-8, also in directories, and tells them from U+FFFD", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, {
      "caf\udce9": dir({ "in\udcff": file("1") }),
      "\ufffd": file("2"),
    });
    expect(pathsOf(temp.path)).toEqual(["", "caf\udce9", "caf\udce9/in\udcff", "\ufffd"]);
  });

  it("does not follow a link, not even as its root", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { real: dir({ x: file() }), link: symlink("real") });
    expect(pathsOf(temp.path)).toEqual(["", "link", "real", "real/x"]);
    const [entry, ...more] = walk(temp.join("link"));
    expect([entry?.stat.type, more.length]).toEqual(["symlink", 0]);
  });

  it("leaves out what the filter refuses, with everything below", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { keep: dir({ x: file() }), drop: dir({ y: file() }), z: file() });
    const asked: string[] = [];
    const filter = (entry: WalkedEntry) => {
      asked.push(entry.relativePath);
      return entry.name !== "drop";
    };
    expect(pathsOf(temp.path, { filter })).toEqual(["", "keep", "keep/x", "z"]);
    expect(asked).not.toContain("drop/y");
  });

  it("reports what vanished after listing and goes on", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { a: file(), b: file(), c: dir({ x: file() }), d: file() });
    const problems: WalkProblem[] = [];
    const seen: string[] = [];
    for (const entry of walk(temp.path, { onProblem: (problem) => problems.push(problem) })) {
      seen.push(entry.relativePath);
      if (entry.relativePath === "a") rmSync(temp.join("b"));
      if (entry.relativePath === "c") rmSync(temp.join("c"), { recursive: true });
    }
    expect(seen).toEqual(["", "a", "c", "d"]);
    expect(problems).toMatchObject([
      { relativePath: "b", problem: "vanished", systemCode: "ENOENT" },
      { relativePath: "c", problem: "vanished", systemCode: "ENOENT" },
    ]);
  });

  it("does not list a directory that was swapped for a link to elsewhere", async () => {
    await using temp = await tempDir();
    writeTree(temp.path, { root: dir({ d: dir({ x: file() }) }), away: dir({ secret: file() }) });
    const problems: WalkProblem[] = [];
    const seen: string[] = [];
    for (const entry of walk(temp.join("root"), { onProblem: (found) => problems.push(found) })) {
      seen.push(entry.relativePath);
      if (entry.relativePath !== "d") continue;
      renameSync(temp.join("root", "d"), temp.join("old"));
      writeTree(temp.join("root"), { d: symlink("../away") });
    }
    expect(seen).toEqual(["", "d"]);
    expect(problems).toMatchObject([{ relativePath: "d", problem: "vanished" }]);
  });

  it("reports a root that is missing", () => {
    const problems: WalkProblem[] = [];
    const missing = "/nonexistent-for-clawback/x";
    expect([...walk(missing, { onProblem: (problem) => problems.push(problem) })]).toEqual([]);
    expect(problems).toMatchObject([{ path: missing, relativePath: "", problem: "vanished" }]);
  });

  it("reports a directory that may not be read (as a user other than root)", async () => {
    await using temp = await tempDir("/tmp");
    writeTree(temp.path, { in: dir({ d: dir({ x: file() }), e: file() }) });
    chmodSync(temp.join("in", "d"), 0);
    chmodSync(temp.path, 0o755);
    const face = new URL("../../../lib/filesystem/index.ts", import.meta.url).href;
    const script = `
      const { walk } = await import(${JSON.stringify(face)});
      if (process.getuid() === 0) { process.setegid(65534); process.seteuid(65534); }
      const problems = [];
      const options = { onProblem: ({ relativePath, problem, systemCode }) => problems.push([relativePath, problem, systemCode]) };
      const seen = [...walk(${JSON.stringify(temp.join("in"))}, options)].map((entry) => entry.relativePath);
      process.stdout.write(JSON.stringify({ seen, problems }));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(JSON.parse(String(output))).toEqual({
      seen: ["", "d", "e"],
      problems: [["d", "unreadable", "EACCES"]],
    });
  });

  it("stays on the root's device when asked, and names what is mounted", () => {
    const entered = pathsOf("/dev", { oneFileSystem: true }).filter((path) =>
      path.startsWith("shm/"),
    );
    expect(entered).toEqual([]);
  });

  it("walks deeper than the call stack would", async () => {
    await using temp = await tempDir();
    let path: string | Buffer = temp.path;
    for (let depth = 0; depth < 600; depth++) {
      path = `${path}/d`;
      mkdirSync(fsPath(path));
    }
    expect(pathsOf(temp.path)).toHaveLength(601);
  });
});
