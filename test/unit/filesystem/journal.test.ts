import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import { BackupError } from "../../../lib/base/index.ts";
import {
  beginJournal,
  diskOperations,
  type Exchange,
  endJournal,
  type FileOperations,
  type Journal,
  recoverJournal,
  runJournal,
  stepsOf,
} from "../../../lib/filesystem/index.ts";
import {
  Died,
  dyingOperations,
  type RecordedOperation,
  systemError,
  watchedOperations,
} from "../../helpers/file-operations.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";
import { dir, expectTree, file, readTree, symlink, tree, writeTree } from "../../helpers/tree.ts";

const OLD = tree({
  "a.txt": file("old a"),
  npm: dir({ m: file("module") }),
  sub: dir({ x: file("old x") }),
});
const NEW = tree({ "a.txt": file("new a"), sub: dir({ y: file("new y") }), link: symlink("/etc") });
const SWAPPED = tree({ ...NEW, npm: dir({ m: file("module") }) });

/** A live tree with something to carry over, a workspace elsewhere, and stages beside them. */
async function setUp(): Promise<TempDir> {
  const place = await tempDir();
  writeTree(place.path, {
    home: dir(),
    live: dir(OLD),
    work: dir({ notes: file("old notes") }),
    ".live.stage": dir({ tree: dir(NEW) }),
    ".work.stage": dir({ tree: dir({ notes: file("new notes") }) }),
  });
  return place;
}

function exchanges(place: TempDir): Exchange[][] {
  const exchange = (name: string, carried: string[]): Exchange => ({
    live: place.join(name),
    exists: true,
    incoming: place.join(`.${name}.stage/tree`),
    kept: place.join(`${name}.pre`),
    carried,
  });
  return [[exchange("work", [])], [exchange("live", ["npm"])]];
}

function journalOf(place: TempDir, groups = exchanges(place)): Journal {
  return {
    title: "restore",
    stamp: "T1",
    temporary: [place.join(".live.stage"), place.join(".work.stage")],
    directories: [],
    steps: stepsOf(groups),
    facts: { answer: 42 },
  };
}

const fileOf = (place: TempDir) => place.join("home/journal.json");

function runWhole(place: TempDir, operations: FileOperations): void {
  const { temporary, directories, title, stamp } = journalOf(place);
  beginJournal(fileOf(place), { temporary, directories, title, stamp }, operations);
  runJournal(fileOf(place), journalOf(place), operations);
  endJournal(fileOf(place), { temporary, directories }, operations);
}

function expectNew(place: TempDir): void {
  expectTree(place.join("live"), SWAPPED);
  expectTree(place.join("work"), { notes: file("new notes") });
  expectTree(place.join("live.pre"), { "a.txt": file("old a"), sub: dir({ x: file("old x") }) });
  expectTree(place.join("work.pre"), { notes: file("old notes") });
}

function expectOld(place: TempDir): void {
  expectTree(place.join("live"), OLD);
  expectTree(place.join("work"), { notes: file("old notes") });
}

const isNew = (place: TempDir) => existsSync(place.join("live.pre"));

/** Nothing but the trees themselves is left. */
function expectClean(place: TempDir): void {
  const pre = isNew(place) ? ["live.pre", "work.pre"] : [];
  expect(readdirSync(place.path).sort()).toEqual(["home", "live", ...pre, "work"].sort());
  expect(readdirSync(place.join("home"))).toEqual([]);
}

async function recover(place: TempDir) {
  const recovered = await recoverJournal(fileOf(place), diskOperations);
  if (recovered !== undefined) endJournal(fileOf(place), recovered.journal, diskOperations);
  return recovered;
}

function recordWhole(place: TempDir): RecordedOperation[] {
  const recorded: RecordedOperation[] = [];
  runWhole(
    place,
    watchedOperations((operation) => recorded.push(operation)),
  );
  return recorded;
}

test("a journal swaps trees, carries paths over, and leaves nothing behind", async () => {
  await using place = await setUp();
  runWhole(place, diskOperations);
  expectNew(place);
  expectClean(place);
});

test("the journal is on disk, private, before the first live tree is moved", async () => {
  await using place = await setUp();
  let seen: unknown;
  const operations = watchedOperations(({ name, args }) => {
    if (name !== "rename" || args[0] !== place.join("work")) return;
    seen = JSON.parse(readFileSync(fileOf(place), "utf8"));
    expect(readTree(place.join("home"))["journal.json"]?.mode).toBe(0o600);
  });
  runWhole(place, operations);
  expect(seen).toMatchObject({ formatVersion: 1, facts: { answer: 42 } });
});

test("a process that dies before any of its calls leaves the old trees or the new ones after recovery", async () => {
  const total = await (async () => {
    await using place = await setUp();
    return recordWhole(place).length;
  })();
  const results: boolean[] = [];
  for (let index = 0; index <= total; index++) {
    await using place = await setUp();
    try {
      runWhole(place, dyingOperations(index));
    } catch (error) {
      expect(String(error)).toMatch(/Error|neither/);
    }
    await recover(place);
    if (isNew(place)) expectNew(place);
    else expectOld(place);
    if (readdirSync(place.path).includes(".live.stage")) expect(index).toBeLessThan(3);
    else expectClean(place);
    results.push(isNew(place));
  }
  // Once new, always new: a later death never brings the old trees back.
  expect(results).toEqual(results.toSorted());
  expect(new Set(results)).toEqual(new Set([false, true]));
});

test("a recovery that dies itself is taken up by the next one", async () => {
  await using place = await setUp();
  let renames = 0;
  const operations = watchedOperations(({ name }) => {
    if (name === "rename" && ++renames > 3) throw new Died();
  });
  // Even the undoing dies, as everything does after a kill.
  expect(() => runWhole(place, operations)).toThrow();
  for (let index = 0; index < 40; index++) {
    await recoverJournal(fileOf(place), dyingOperations(index)).catch(() => undefined);
  }
  await recover(place);
  if (isNew(place)) expectNew(place);
  else expectOld(place);
  expectClean(place);
});

test.each(["ENOSPC", "EIO"])(
  "when any one call fails with %s, everything is undone and nothing is left",
  async (code) => {
    for (let failing = 0; ; failing++) {
      await using place = await setUp();
      let calls = 0;
      const operations = watchedOperations(() => {
        if (calls++ === failing) throw systemError(code);
      });
      let outcome: string | undefined;
      try {
        const { temporary, directories, title, stamp } = journalOf(place);
        beginJournal(fileOf(place), { temporary, directories, title, stamp }, operations);
        outcome = runJournal(fileOf(place), journalOf(place), operations).result;
      } catch (error) {
        expect(error).toBeInstanceOf(BackupError);
      }
      if (calls <= failing) break;
      if (outcome === "finished") expectNew(place);
      else expectOld(place);
      endJournal(fileOf(place), journalOf(place), diskOperations);
      expectClean(place);
    }
  },
);

test("what a power cut takes of the calls that were not flushed yet does no harm", async () => {
  const record = async () => {
    await using place = await setUp();
    return { operations: recordWhole(place), base: place.path };
  };
  const { operations, base } = await record();
  const at = (place: TempDir, operation: RecordedOperation): RecordedOperation => ({
    name: operation.name,
    args: operation.args.map((arg) =>
      typeof arg === "string" ? arg.replaceAll(base, place.path) : arg,
    ),
  });
  for (let end = 0; end <= operations.length; end++) {
    const flushed = lastFlush(operations, end);
    for (const lost of subsets(end - flushed)) {
      await using place = await setUp();
      const surviving = operations.slice(0, end).filter((_, i) => !lost.has(i - flushed));
      for (const operation of surviving) tryCall(at(place, operation));
      await recover(place);
      if (isNew(place)) expectNew(place);
      else expectOld(place);
    }
  }
});

/** How many of the first `end` calls were on disk for certain: all before the last flush. */
function lastFlush(operations: readonly RecordedOperation[], end: number): number {
  return operations.slice(0, end).findLastIndex(({ name }) => name === "fsyncDirectory") + 1;
}

function* subsets(size: number): Generator<Set<number>> {
  for (let bits = 0; bits < 2 ** Math.min(size, 5); bits++) {
    yield new Set(Array.from({ length: size }, (_, i) => i).filter((i) => (bits >> i) & 1));
  }
}

function tryCall(operation: RecordedOperation): void {
  try {
    (diskOperations[operation.name] as (...args: readonly unknown[]) => void)(...operation.args);
  } catch {
    // It worked on something that was lost.
  }
}

test("a directory that a supervisor makes at the free name is moved aside and reported", async () => {
  await using place = await setUp();
  let hasAppeared = false;
  const operations = watchedOperations(({ name, args }) => {
    if (hasAppeared || name !== "rename" || args[1] !== place.join("live")) return;
    hasAppeared = true;
    mkdirSync(place.join("live/state"), { recursive: true });
  });
  const outcome = runJournal(fileOf(place), journalOf(place), operations);
  expect(outcome).toEqual({ result: "finished", appeared: [place.join("live.appeared-T1")] });
  expectNew(place);
  expectTree(place.join("live.appeared-T1"), { state: dir() });
});

test("a supervisor that makes its directory again at once is moved aside again", async () => {
  await using place = await setUp();
  let times = 0;
  const operations = watchedOperations(({ name, args }) => {
    if (name === "rename" && args[1] === place.join("live") && times++ < 3) {
      mkdirSync(place.join("live/state"), { recursive: true });
    }
  });
  const { appeared } = runJournal(fileOf(place), journalOf(place), operations);
  expect(appeared).toHaveLength(3);
  expectNew(place);
});

test("recovery undoes a swap whose stage is gone, and brings carried paths back", async () => {
  await using place = await setUp();
  expect(() => runWhole(place, dyingAtRenameOnto(place.join("live")))).toThrow();
  rmSync(place.join(".live.stage"), { recursive: true });
  const recovered = await recover(place);
  expect(recovered?.outcome.result).toBe("undone");
  expect(recovered?.outcome.cause).toMatchObject({ code: "path-not-found" });
  // What was carried into the stage went with it; that is the loss of who removed the stage.
  expectTree(place.join("live"), { "a.txt": file("old a"), sub: dir({ x: file("old x") }) });
  expectTree(place.join("work"), { notes: file("old notes") });
});

function dyingAtRenameOnto(path: string): FileOperations {
  let isDead = false;
  return watchedOperations(({ name, args }) => {
    isDead ||= name === "rename" && args[1] === path;
    if (isDead) throw new Died();
  });
}

test("recovery asks whether a swap that has begun may be finished, and undoes it otherwise", async () => {
  await using place = await setUp();
  expect(() => runWhole(place, dyingAtRenameOnto(place.join("live.pre")))).toThrow();
  const recovered = await recoverJournal(fileOf(place), diskOperations, {
    mayFinish: async (journal) => journal.facts.answer !== 42,
  });
  expect(recovered?.outcome.result).toBe("undone");
  expectOld(place);
});

test("a journal that was given up is never finished by a later recovery", async () => {
  await using place = await setUp();
  let failed = false;
  const operations = watchedOperations(({ name, args }) => {
    if (name !== "rename") return;
    if (args[1] === place.join("live") && !failed) {
      failed = true;
      throw systemError("EIO");
    }
    if (failed && args[0] === place.join("live.pre")) throw systemError("EIO");
  });
  const attempt = () => runJournal(fileOf(place), journalOf(place), operations);
  expect(attempt).toThrow(/can neither be finished .* nor undone/);
  expect((await recover(place))?.outcome.result).toBe("undone");
  expectOld(place);
});

test("a live tree that went away by itself is no reason not to finish", async () => {
  await using place = await setUp();
  rmSync(place.join("work"), { recursive: true });
  expect(runJournal(fileOf(place), journalOf(place), diskOperations).result).toBe("finished");
  expectTree(place.join("work"), { notes: file("new notes") });
});

test("directories that the moves need are made first, and removed again with them", async () => {
  await using place = await setUp();
  const swap = {
    live: place.join("live/a.txt"),
    exists: true,
    incoming: place.join(".live.stage/tree/a.txt"),
    kept: place.join("live.pre/deep/a.txt"),
    carried: [],
  };
  const directories = ["live.pre", "live.pre/deep"].map((name) => ({
    path: place.join(name),
    mode: 0o700,
  }));
  const journal = { ...journalOf(place, [[swap]]), directories };
  const failing = dyingAtRenameOnto(place.join("live/a.txt"));
  expect(() => runJournal(fileOf(place), journal, failing)).toThrow();
  renameSync(place.join(".live.stage"), place.join("gone"));
  await recover(place);
  expectOld(place);
  expect(existsSync(place.join("live.pre"))).toBe(false);
});

test.each([
  ["not JSON", "data-corrupt"],
  ['{"formatVersion":1,"steps":[[{"from":1}]]}', "data-corrupt"],
  ['{"formatVersion":2}', "unsupported-format"],
])("a journal that reads %s is refused with %s", async (text, code) => {
  await using place = await setUp();
  diskOperations.createFile(fileOf(place), text);
  await expect(recoverJournal(fileOf(place), diskOperations)).rejects.toMatchObject({ code });
  expectOld(place);
});
