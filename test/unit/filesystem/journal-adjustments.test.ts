import {
  chmodSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { expect, test } from "vitest";
import {
  type Adjustment,
  diskOperations,
  endJournal,
  type Journal,
  recoverJournal,
  runJournal,
} from "../../../lib/filesystem/index.ts";
import { Died, watchedOperations } from "../../helpers/file-operations.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";

const SECOND = 1_000_000_000n;

function journalOf(adjustments: readonly Adjustment[]): Journal {
  const nothing = { temporary: [], directories: [], steps: [], facts: {} };
  return { title: "rollback", stamp: "T1", ...nothing, adjustments };
}

/** A file of mode 644 and of the second 1000, which shall have 600 and 2000. */
function adjusted(place: TempDir): Adjustment {
  const path = place.join("file");
  writeFileSync(path, "text");
  chmodSync(path, 0o644);
  utimesSync(path, 1000, 1000);
  return {
    path,
    from: { mode: 0o644, mtimeNs: String(1000n * SECOND) },
    to: { mode: 0o600, mtimeNs: String(2000n * SECOND) },
  };
}

const factsOf = (path: string) => {
  const { mode, mtimeMs } = statSync(path);
  return [mode & 0o777, mtimeMs / 1000];
};

test("modes and times are set, of directories the modes only", async () => {
  await using place = await tempDir();
  const file = adjusted(place);
  const directory = { path: place.path, from: { mode: 0o700 }, to: { mode: 0o750 } };
  const journal = place.join("journal");
  const run = journalOf([file, directory]);
  expect(runJournal(journal, run, diskOperations).result).toBe("finished");
  endJournal(journal, run, diskOperations);
  expect(factsOf(file.path)).toEqual([0o600, 2000]);
  expect(statSync(place.path).mode & 0o777).toBe(0o750);
});

test("what somebody changed, removed or replaced by a link since is left as it is", async () => {
  await using place = await tempDir();
  const changed = adjusted(place);
  utimesSync(changed.path, 1500, 1500);
  const gone = { ...changed, path: place.join("gone") };
  const link = { ...changed, path: place.join("link") };
  symlinkSync(changed.path, link.path);
  const outcome = runJournal(
    place.join("journal"),
    journalOf([changed, gone, link]),
    diskOperations,
  );
  expect(outcome.result).toBe("finished");
  expect(factsOf(changed.path)).toEqual([0o644, 1500]);
});

test("one that fails takes back those before it", async () => {
  await using place = await tempDir();
  const first = adjusted(place);
  let isFirst = true;
  const failing = watchedOperations(({ name, args }) => {
    if (name !== "setFacts" || args[0] === first.path) return;
    if (isFirst) throw new Error("made up");
    isFirst = false;
  });
  const second = { ...first, path: place.join("second") };
  writeFileSync(second.path, "");
  chmodSync(second.path, 0o644);
  utimesSync(second.path, 1000, 1000);
  const outcome = runJournal(place.join("journal"), journalOf([first, second]), failing);
  expect(outcome).toMatchObject({ result: "undone", cause: expect.anything() });
  expect(factsOf(first.path)).toEqual([0o644, 1000]);
});

test("those of a process that died are finished, or taken back where they may not be", async () => {
  await using place = await tempDir();
  const one = adjusted(place);
  const other = { path: place.path, from: { mode: 0o700 }, to: { mode: 0o750 } };
  const journal = place.join("journal");
  for (const may of [false, true]) {
    let calls = 0;
    const dying = watchedOperations(({ name }) => {
      if (name === "setFacts") calls++;
      if (calls > 1) throw new Died();
    });
    expect(() => runJournal(journal, journalOf([one, other]), dying)).toThrow();
    const found = await recoverJournal(journal, diskOperations, { mayFinish: async () => may });
    expect(found?.outcome.result).toBe(may ? "finished" : "undone");
    endJournal(journal, journalOf([]), diskOperations);
    expect(factsOf(one.path)).toEqual(may ? [0o600, 2000] : [0o644, 1000]);
  }
});

test("a journal whose adjustments are damaged is not carried out", async () => {
  await using place = await tempDir();
  const journal = place.join("journal");
  runJournal(journal, journalOf([adjusted(place)]), diskOperations);
  const text = readFileSync(journal, "utf8");
  for (const broken of [
    text.replace('"mode":420', '"mode":"644"'),
    text.replace('"2000000000000"', '"soon"'),
    text.replace(/"path":"[^"]*"/, '"path":7'),
  ]) {
    expect(broken).not.toBe(text);
    rmSync(journal);
    writeFileSync(journal, broken);
    await expect(recoverJournal(journal, diskOperations)).rejects.toMatchObject({
      code: "data-corrupt",
    });
  }
});
