import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { describeWith } from "../helpers/parts.ts";
import { KEYS, openPty } from "../helpers/pty.ts";
import { contentOf, makeDatabase, noteIn } from "../helpers/restore-machine.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

interface Answer {
  readonly plan: {
    readonly entries: readonly { readonly change: string; readonly path: string }[];
    readonly left: readonly { readonly path: string }[];
  };
  readonly before?: { readonly id: string };
}

let user: TempDir;
let program: Clawback;
const at = (path: string): string => user.join(".openclaw", path);
const text = (path: string): string => readFileSync(at(path), "utf8");

/** Everything that is live, but what SQLite touches when somebody looks whether a database is in use. */
const live = (): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(contentOf(user.join(".openclaw"))).filter(([path]) => !path.endsWith("-shm")),
  );

const outline = ({ plan }: Answer): string[] =>
  plan.entries.map(({ change, path }) => `${change} ${path.slice(user.join(".openclaw/").length)}`);

async function setUp(): Promise<void> {
  user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 4 });
  program = clawback({ userHome: user.path, as: "function" });
  await program.json(["init", "--instance", "box"]);
  await program.json(["snapshot", "--name", "good"]);
}
const tearDown = () => user[Symbol.asyncDispose]();

function breakFiles(): void {
  writeFileSync(at("workspace/MEMORY.md"), "I am a teapot\n");
  rmSync(at("workspace/notes/1"), { recursive: true });
  mkdirSync(at("workspace/made-up"));
  writeFileSync(at("workspace/made-up/plan.md"), "new");
  chmodSync(at("openclaw.json"), 0o644);
}

const BROKEN = [
  "changed openclaw.json",
  "changed workspace/MEMORY.md",
  "removed workspace/made-up",
  "removed workspace/made-up/plan.md",
  "added workspace/notes/1",
  "added workspace/notes/1/note-1.md",
];

describe("what an agent broke", () => {
  beforeEach(setUp);
  afterEach(tearDown);

  test("an agent's files are previewed, rolled back by time, and brought back by undo, again and again", async () => {
    const good = live();
    breakFiles();
    const broken = live();
    const preview = await program.json<Answer>(["rollback", "0 seconds ago", "--preview"]);
    expect(outline(preview)).toEqual(BROKEN);
    const shown = await program.run("rollback", "good", "--preview");
    expect(shown.stdout).toContain("+     ");
    expect(shown.stdout).toContain("(mode)");
    expect(shown.stdout).toContain("1 to bring back, 2 to change, 1 to remove, 2 directories");
    const refused = await program.run("rollback", "good");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("workspace/MEMORY.md");
    expect(live()).toEqual(broken);

    const report = await program.json<Answer>(["rollback", "good", "--yes"]);
    expect(report).toMatchObject({
      backup: { name: "good", kind: "snapshot" },
      target: user.join(".openclaw"),
      restored: { files: 2 },
      removed: 1,
      adjusted: 1,
      refused: [],
      warnings: [],
    });
    expect(live()).toEqual(good);
    const listed = await program.json<{ backups: { id: string }[] }>([
      ...["list", "--tag", "clawback:before-rollback"],
    ]);
    expect(listed.backups.map(({ id }) => id)).toEqual([report.before?.id]);
    const nothing = await program.run("rollback", "good", "--yes");
    expect(nothing).toMatchObject({ code: 0 });
    expect(nothing.stdout).toContain("nothing differs from the snapshot");

    for (const expected of [broken, good, broken]) {
      await program.json(["rollback", "--undo", "--yes"]);
      expect(live()).toEqual(expected);
    }
    const status = await program.json<{ preRestore: unknown[] }>(["status"]);
    expect(status.preRestore.length).toBe(4);
    const noRestore = await program.run("restore", "--undo", "--yes");
    expect(noRestore.stderr).toContain("clawback rollback --undo");
  });

  test("the built program rolls back single paths, of any class, through a link to the state directory", async () => {
    renameSync(user.join(".openclaw"), user.join("state"));
    symlinkSync("state", user.join(".openclaw"));
    const built = clawback({ userHome: user.path });
    await built.json(["snapshot", "--name", "linked"]);
    breakFiles();
    writeFileSync(at(".env"), "broken");
    const args = ["rollback", "linked", ".env", "workspace/made-up", "--yes"];
    const finished = await built.run(...args);
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    expect(finished.stdout).toMatch(/^1 file brought back, 23 B, 1 file put aside, in /);
    expect(text(".env")).toBe("EXAMPLE_API_KEY=sample\n");
    expect(existsSync(at("workspace/made-up"))).toBe(false);
    expect(text("workspace/MEMORY.md")).toBe("I am a teapot\n");
    expect(readdirSync(user.path).filter((name) => name.includes("stage"))).toEqual([]);
    await built.json(["rollback", "--undo", "--yes"]);
    expect(text(".env")).toBe("broken");
    expect(text("workspace/made-up/plan.md")).toBe("new");
  });

  test("what the snapshot of now cannot hold stays as it is, and is said with exit code 3", async () => {
    breakFiles();
    // What a rule leaves out of the snapshot of now could not be brought back.
    const rules = { excluded_files: ["MEMORY.md"] };
    writeFileSync(user.join(".clawback", "exclude.json"), JSON.stringify(rules));
    const { code, stdout } = await program.run("rollback", "good", "--yes");
    expect(code).toBe(3);
    expect(stdout).toContain(
      `stays as it is: ${at("workspace/MEMORY.md")}: the snapshot taken just`,
    );
    expect(text("workspace/MEMORY.md")).toBe("I am a teapot\n");
    expect(existsSync(at("workspace/notes/1/note-1.md"))).toBe(true);
  });

  test("an undo whose snapshot is gone says so, and where the files are", async () => {
    breakFiles();
    const { before } = await program.json<Answer>(["rollback", "good", "--yes"]);
    await program.json(["delete", before?.id ?? "", "--yes"]);
    const { code, stderr } = await program.run("rollback", "--undo", "--yes");
    expect(code).toBe(1);
    expect(stderr).toMatch(/taken before the last rollback, is not in storage local any more/);
    expect(stderr).toContain("clawback status");
  });

  describe("databases", () => {
    beforeEach(async () => {
      mkdirSync(at("state"));
      makeDatabase(at("state/openclaw.sqlite"));
      await program.json(["snapshot", "--name", "with databases"]);
    });

    test("are left alone unless asked for, refused while somebody uses them, rolled back and brought back", async () => {
      const open = new DatabaseSync(at("state/openclaw.sqlite"));
      open.exec("PRAGMA journal_mode=WAL; INSERT INTO notes VALUES ('second')");
      writeFileSync(at("workspace/MEMORY.md"), "changed");
      // Files need no stopped Gateway.
      await program.json(["rollback", "with databases", "--yes"]);
      expect(text("workspace/MEMORY.md")).toMatch(/^# Memory/);
      const all = ["rollback", "with databases", "--with-databases"];
      const plan = await program.json<Answer>([...all, "--preview"]);
      expect(outline(plan)).toContain("changed state/openclaw.sqlite");
      const refused = await program.run(...all, "--yes", "--json");
      expect(JSON.parse(refused.stderr)).toMatchObject({ code: "gateway-running" });
      expect(refused.code).toBe(1);
      open.close();
      await program.json([...all, "--yes"]);
      expect(noteIn(at("state/openclaw.sqlite"))).toBe("first");
      await program.json(["rollback", "--undo", "--yes"]);
      expect(noteIn(at("state/openclaw.sqlite"))).toBe("second");
    });
  });

  describeWith("python3", "at a terminal", () => {
    test("is shown, and rolled back after the word yes", async () => {
      breakFiles();
      const broken = live();
      for (const [answer, expected, exit] of [
        ["y", "not confirmed; nothing was changed", 130],
        ["yes", "clawback rollback --undo", 0],
      ] as const) {
        expect(live()).toEqual(broken);
        await using terminal = openPty(["rollback", "good"], { userHome: user.path });
        await terminal.waitFor("workspace/MEMORY.md");
        await terminal.waitFor("Type yes to go on:");
        terminal.type(answer + KEYS.enter);
        await terminal.waitFor(expected);
        expect(await terminal.ended()).toBe(exit);
      }
      expect(text("workspace/MEMORY.md")).toMatch(/^# Memory/);
    });
  });
});

describe("wrong use", () => {
  let before: Record<string, unknown>;
  beforeAll(async () => {
    await setUp();
    await program.json(["create", "arch"]);
    breakFiles();
    before = live();
  });
  afterAll(tearDown);

  test.each([
    [["rollback"], 2, "no snapshot is named"],
    [["rollback", "arch", "--yes"], 2, "is an archive, not a snapshot"],
    [["rollback", "./arch.tar.gz"], 2, "clawback restore ./arch.tar.gz --only PATH"],
    [["rollback", "good", "x", "--class"], 2, "argument missing"],
    [["rollback", "2 days ago"], 1, "no full backup"],
    [["rollback", "nothing-like-this"], 1, "no backup of instance"],
    [["rollback", "good", "workspace/nothing"], 1, "has nothing at"],
    [["rollback", "good", "workspace/project/node_modules"], 1, "is outside of what"],
    [["rollback", "good", "../up"], 2, "names no part"],
    [["rollback", "good", "--class", "nonsense"], 2, "is not known"],
    [["rollback", "good", "--class", "databases"], 2, "--with-databases"],
    [["rollback", "good", "--undo"], 2, "no others"],
    [["rollback", "--undo"], 1, "no rollback of"],
  ])("%j ends with %i, and nothing was changed", async (args, exit, message) => {
    const { code, stdout, stderr } = await program.run(...args);
    expect({ code, stdout }).toEqual({ code: exit, stdout: "" });
    expect(stderr).toContain(message);
    expect(live()).toEqual(before);
  });
});
