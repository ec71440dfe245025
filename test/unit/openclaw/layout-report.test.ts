import { expect, test } from "vitest";
import { databaseCleanup, reportRegenerable } from "../../../lib/openclaw/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, type TreeEntry, writeTree } from "../../helpers/tree.ts";
import { installation } from "./fixture.ts";

const COMMIT = "a".repeat(40);
const OTHER = "b".repeat(40);
const json = (value: unknown): TreeEntry => file(JSON.stringify(value));

/** A checkout as its `.git` tells it. */
const checkout = (head: string, heads: Record<string, string>, remote?: string): TreeEntry =>
  dir({
    ".git": dir({
      HEAD: file(`${head}\n`),
      refs: dir({
        heads: dir(Object.fromEntries(Object.entries(heads).map(([n, c]) => [n, file(`${c}\n`)]))),
        ...(remote === undefined
          ? {}
          : { remotes: dir({ origin: dir({ main: file(`${remote}\n`) }) }) }),
      }),
    }),
  });

test("plugins of npm are reported with the versions that are installed", async () => {
  await using home = await tempDir();
  writeTree(home.path, {
    npm: dir({
      projects: dir({
        dice: dir({
          "package.json": json({ dependencies: { "@me/dice": "^1.0.0", gone: "2.x" } }),
          node_modules: dir({
            "@me": dir({ dice: dir({ "package.json": json({ version: "1.4.2" }) }) }),
          }),
        }),
        broken: dir({ "package.json": file("{") }),
        hostile: dir({ "package.json": json({ dependencies: { "../../../etc": "1" } }) }),
      }),
    }),
    extensions: dir({
      plain: dir({ "package.json": json({ name: "plain" }) }),
      needy: dir({
        "package.json": json({ name: "needy", version: "0.1.0", dependencies: { a: "1" } }),
      }),
    }),
  });
  expect(reportRegenerable(installation({ stateDir: home.path }))).toEqual({
    checkouts: [],
    plugins: [
      { name: "@me/dice", version: "1.4.2", path: home.join("npm/projects/dice") },
      { name: "gone", version: "2.x", path: home.join("npm/projects/dice") },
      { name: "../../../etc", version: "1", path: home.join("npm/projects/hostile") },
      { name: "needy", version: "0.1.0", path: home.join("extensions/needy") },
    ],
  });
});

test("checkouts are reported with what may be lost", async () => {
  await using home = await tempDir();
  writeTree(home.path, {
    git: dir({
      pushed: checkout("ref: refs/heads/main", { main: COMMIT }, COMMIT),
      ahead: checkout("ref: refs/heads/main", { main: COMMIT }, OTHER),
      detached: checkout(COMMIT, {}, COMMIT),
      linked: dir({ ".git": file("gitdir: /elsewhere\n") }),
      hostile: checkout("ref: refs/heads/../../../../../../etc/passwd", {}),
    }),
    dev: dir({
      me: dir({
        packed: dir({
          ".git": dir({
            HEAD: file("ref: refs/heads/topic\n"),
            "packed-refs": file(
              `# pack-refs\n${COMMIT} refs/heads/topic\n${COMMIT} refs/remotes/origin/topic\n`,
            ),
          }),
        }),
      }),
    }),
  });
  const { checkouts } = reportRegenerable(installation({ stateDir: home.path }));
  expect(
    Object.fromEntries(checkouts.map(({ path, detail }) => [path.slice(home.path.length), detail])),
  ).toEqual({
    "/git/pushed": expect.stringContaining("main is as its remote was last seen"),
    "/git/ahead": expect.stringContaining("main holds commits that no remote was seen to have"),
    "/git/detached": expect.stringContaining("a detached commit is as its remote"),
    "/git/linked": "is not captured and may hold work of your own",
    "/git/hostile": "is not captured and may hold work of your own",
    "/dev/me/packed": expect.stringContaining("topic is as its remote"),
  });
});

test("an installation without such directories has nothing to report", async () => {
  await using home = await tempDir();
  const report = reportRegenerable(installation({ stateDir: home.path }));
  expect(report).toEqual({ plugins: [], checkouts: [] });
});

test("ephemeral rows are cleared in the copies of OpenClaw's own databases only", () => {
  const found = installation();
  const statements = [
    "DELETE FROM state_leases",
    "DELETE FROM agent_database_leases",
    "DELETE FROM delivery_queue_entries",
  ];
  for (const own of [
    "/h/.openclaw/state/openclaw.sqlite",
    "/h/.openclaw/agents/main/agent/openclaw-agent.sqlite",
    "/h/.openclaw/agents/removed/agent/openclaw-agent.sqlite",
    "/far/agent/openclaw-agent.sqlite",
  ]) {
    expect(databaseCleanup(own, found)).toEqual(statements);
  }
  for (const other of [
    "/h/.openclaw/workspace/app.sqlite",
    "/h/.openclaw/workspace/openclaw-agent.sqlite",
    "/h/.openclaw/state/openclaw-quarantine.sqlite",
    "/h/.openclaw/memory/main.sqlite",
  ]) {
    expect(databaseCleanup(other, found)).toEqual([]);
  }
});
