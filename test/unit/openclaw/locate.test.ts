import { symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isBackupError } from "../../../lib/base/index.ts";
import { defaultStateDirOf, locateInstallation } from "../../../lib/openclaw/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";
import { dir, file, writeTree } from "../../helpers/tree.ts";
import { locate, makeState } from "./make-state.ts";

const pathsOf = (roots: readonly { kind: string; path: string }[]) =>
  roots.map(({ kind, path }) => `${kind} ${path}`);

describe("finding an installation", () => {
  test("finds the default one, whole in its state directory", async () => {
    await using home = await tempDir();
    const stateDir = makeState(home, {});
    expect(await locate(home)).toMatchObject({
      stateDir,
      configPath: `${stateDir}/openclaw.json`,
      configFiles: [`${stateDir}/openclaw.json`],
      configStatus: "ok",
      agents: [
        {
          agentId: "main",
          agentDir: `${stateDir}/agents/main/agent`,
          workspace: `${stateDir}/workspace`,
        },
      ],
      workspaces: [`${stateDir}/workspace`],
      roots: [{ kind: "state", path: stateDir }],
      notes: [],
      uncovered: [],
    });
  });

  test("names the place it looked at when there is none", async () => {
    await using home = await tempDir();
    const failure = await locate(home).catch((error: unknown) => error);
    expect(isBackupError(failure, "installation-not-found")).toBe(true);
    expect(failure).toMatchObject({
      message: `no OpenClaw installation was found: "${home.join(".openclaw")}" (from the home directory) does not exist`,
      hint: expect.stringContaining("--state-dir"),
    });
  });

  test("says that a file in its place is no directory", async () => {
    await using home = await tempDir();
    writeTree(home.path, { ".openclaw": file() });
    await expect(locate(home)).rejects.toMatchObject({
      code: "installation-not-found",
      message: expect.stringContaining("is no directory"),
    });
  });

  test("does not take any directory for an installation", async () => {
    await using home = await tempDir();
    writeTree(home.path, { documents: dir({ "a.txt": file() }) });
    await expect(locate(home, { stateDir: home.join("documents") })).rejects.toMatchObject({
      code: "installation-not-found",
      message: expect.stringContaining("(from --state-dir) holds nothing of OpenClaw"),
    });
  });

  test.each([
    [
      "--state-dir",
      { stateDir: "X", profile: "work", environment: { OPENCLAW_STATE_DIR: "/no" } },
      "X",
    ],
    [
      "OPENCLAW_STATE_DIR over --profile",
      { profile: "work", environment: { OPENCLAW_STATE_DIR: "X" } },
      "X",
    ],
    ["--profile", { profile: "work", environment: {} }, "H/.openclaw-work"],
    ["--profile default", { profile: "default", environment: {} }, "H/.openclaw"],
    ["OPENCLAW_HOME", { environment: { OPENCLAW_HOME: "X" } }, "X/.openclaw"],
    ["OPENCLAW_HOME with a tilde", { environment: { OPENCLAW_HOME: "~/o" } }, "H/o/.openclaw"],
    ["OPENCLAW_STATE_DIR with a tilde", { environment: { OPENCLAW_STATE_DIR: "~/o/" } }, "H/o"],
    [
      "OPENCLAW_PROFILE alone, which OpenClaw passes over",
      { environment: { OPENCLAW_PROFILE: "zed" } },
      "H/.openclaw",
    ],
    ["nothing", { environment: { OPENCLAW_STATE_DIR: "  " } }, "H/.openclaw"],
  ])("goes where %s says", async (_, options, expected) => {
    await using home = await tempDir();
    const place = (path: string): string =>
      path.replace(/^X/, home.join("x")).replace(/^H/, home.path);
    const environment = Object.fromEntries(
      Object.entries(options.environment).map(([name, value]) => [name, place(value)]),
    );
    const stateDir = "stateDir" in options ? place(options.stateDir) : undefined;
    const asked = { ...options, environment, stateDir, userHome: home.path };
    expect(defaultStateDirOf(asked)).toBe(place(expected));
    writeTree(place(expected), { "openclaw.json": file("{}") });
    expect(await locateInstallation(asked)).toMatchObject({
      stateDir: place(expected),
      configPath: `${place(expected)}/openclaw.json`,
    });
  });

  test("takes the directory of the program's earlier name when there is no other", async () => {
    await using home = await tempDir();
    writeTree(home.path, { ".clawdbot": dir({ "clawdbot.json": file("{}") }) });
    expect(await locate(home)).toMatchObject({
      stateDir: home.join(".clawdbot"),
      configPath: home.join(".clawdbot/clawdbot.json"),
    });
    makeState(home, {});
    expect(await locate(home)).toMatchObject({ stateDir: home.join(".openclaw") });
  });

  test.each(["../x", "a/b", "", "-a"])("refuses the profile %j", (profile) => {
    expect(() => defaultStateDirOf({ profile, environment: {}, userHome: "/h" })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  test("reads a linked state directory where it really is, and says so", async () => {
    await using home = await tempDir();
    const config = {
      agents: { entries: { main: { workspace: home.join(".openclaw/workspace") } } },
    };
    const real = makeState(home, config);
    writeTree(home.path, { other: dir() });
    symlinkSync(real, home.join("other/.openclaw"));
    const found = await locate(home, { userHome: home.join("other") });
    expect(found.stateDir).toBe(real);
    expect(found.notes).toEqual([
      `the state directory ${home.join("other/.openclaw")} is read at ${real}, where links lead`,
    ]);
    expect(pathsOf(found.roots)).toEqual([`state ${real}`]);
    expect(found.uncovered).toEqual([]);
  });
});

describe("what lies outside the state directory", () => {
  test("is found by config, and no root lies in another", async () => {
    await using home = await tempDir();
    const stateDir = makeState(home, {
      agents: {
        defaults: { workspace: home.join("shared") },
        entries: {
          main: { workspace: "~/.openclaw/workspace" },
          Research: { agentDir: home.join("agents/r") },
          inner: { workspace: home.join("shared/research/deep") },
        },
      },
      skills: { load: { extraDirs: [home.join("pack"), home.join("gone")] } },
    });
    writeTree(home.path, {
      shared: dir({ research: dir({ deep: dir() }) }),
      agents: dir({ r: dir({ "openclaw-agent.sqlite": file("x") }) }),
      pack: dir(),
      ".agents": dir({ skills: dir() }),
      more: dir(),
    });
    const found = await locate(home, {
      extraPaths: [home.join("more"), home.join("shared/research")],
    });
    expect(pathsOf(found.roots)).toEqual(
      [
        `state ${stateDir}`,
        `managed skill ${home.join("pack")}`,
        `extra ${home.join("more")}`,
        `agent ${home.join("agents/r")}`,
        `workspace ${home.join("shared/research")}`,
        `managed skill ${home.join(".agents/skills")}`,
      ].toSorted(
        (a, b) =>
          Number(b.startsWith("state")) - Number(a.startsWith("state")) ||
          (a.split(" ").at(-1)?.length ?? 0) - (b.split(" ").at(-1)?.length ?? 0),
      ),
    );
    expect(found.agents.map(({ agentId, workspace }) => [agentId, workspace])).toEqual([
      ["main", `${stateDir}/workspace`],
      ["research", home.join("shared/research")],
      ["inner", home.join("shared/research/deep")],
    ]);
    expect(found.essentialDatabases).toEqual([home.join("agents/r/openclaw-agent.sqlite")]);
  });

  test("is found by the older list of agents, with the default one in the shared workspace", async () => {
    await using home = await tempDir();
    makeState(home, {
      agents: {
        defaults: { workspace: "~/shared" },
        list: [
          { id: "Zoë B." },
          { id: "main", default: true },
          { id: "ok-" },
          "broken",
          { id: "main" },
        ],
      },
    });
    const { agents } = await locate(home);
    expect(agents.map(({ agentId, workspace }) => [agentId, workspace])).toEqual([
      ["zo-b", home.join("shared/zo-b")],
      ["main", home.join("shared")],
      ["ok-", home.join("shared/ok-")],
    ]);
  });

  test("includes the config and its includes where they are elsewhere", async () => {
    await using home = await tempDir();
    const stateDir = makeState(home, undefined);
    const text = `{ $include: ["a.json5", "${home.join("s/b.json5")}"] }`;
    writeTree(home.path, {
      etc: dir({ "main.json5": file(text), "a.json5": file("{}") }),
      s: dir({ "b.json5": file("{ gateway: {} }") }),
    });
    const found = await locate(home, {
      environment: {
        OPENCLAW_CONFIG_PATH: home.join("etc/main.json5"),
        OPENCLAW_INCLUDE_ROOTS: `/nowhere:${home.join("s")}`,
      },
    });
    expect(found.configStatus).toBe("ok");
    expect(found.configPath).toBe(home.join("etc/main.json5"));
    expect(pathsOf(found.roots)).toEqual([
      `state ${stateDir}`,
      `config ${home.join("s/b.json5")}`,
      `config ${home.join("etc/a.json5")}`,
      `config ${home.join("etc/main.json5")}`,
    ]);
    expect(found.configFiles).toEqual([
      home.join("etc/main.json5"),
      home.join("etc/a.json5"),
      home.join("s/b.json5"),
    ]);
  });

  test("follows placeholders through the environment and .env", async () => {
    await using home = await tempDir();
    const workspace = "$" + "{WORK}/w";
    makeState(
      home,
      { agents: { defaults: { workspace } } },
      { ".env": file(`WORK=${home.join("a")}\n`) },
    );
    writeTree(home.path, { a: dir({ w: dir() }), b: dir({ w: dir() }) });
    expect((await locate(home)).workspaces).toEqual([home.join("a/w")]);
    const environment = { WORK: home.join("b") };
    expect((await locate(home, { environment })).workspaces).toEqual([home.join("b/w")]);
  });

  test("holds the state directory only once when a workspace lies around it", async () => {
    await using home = await tempDir();
    const stateDir = makeState(home, { agents: { defaults: { workspace: home.path } } });
    writeTree(home.path, { notes: dir({ "a.md": file() }), "b.md": file() });
    const found = await locate(home);
    expect(pathsOf(found.roots)).toEqual([
      `state ${stateDir}`,
      `workspace ${home.join("b.md")}`,
      `workspace ${home.join("notes")}`,
    ]);
  });

  test("resolves a linked workspace, and says that the link is not captured", async () => {
    await using home = await tempDir();
    makeState(home, { agents: { defaults: { workspace: home.join("link") } } });
    writeTree(home.path, { real: dir() });
    symlinkSync(home.join("real"), home.join("link"));
    const found = await locate(home);
    expect(found.workspaces).toEqual([home.join("real")]);
    expect(found.roots).toContainEqual({ kind: "workspace", path: home.join("real") });
    expect(found.notes.join()).toContain(`${home.join("link")} is a link to ${home.join("real")}`);
  });

  test("says which workspace or added path does not exist", async () => {
    await using home = await tempDir();
    makeState(home, { agents: { defaults: { workspace: home.join("gone") } } });
    const { notes, roots } = await locate(home, { extraPaths: [home.join("also-gone")] });
    expect(notes).toEqual([
      `the workspace directory ${home.join("gone")} does not exist`,
      `the added path ${home.join("also-gone")} does not exist`,
    ]);
    expect(roots).toHaveLength(1);
  });

  test("takes other workspaces in place of the configured ones", async () => {
    await using home = await tempDir();
    makeState(home, {
      agents: {
        entries: {
          a: { workspace: home.join("one") },
          b: { workspace: home.join(".openclaw/workspace") },
        },
      },
    });
    writeTree(home.path, { one: dir(), two: dir() });
    const found = await locate(home, { workspaces: [home.join("two")] });
    expect(found.workspaces).toEqual([home.join("two")]);
    expect(pathsOf(found.roots)).toEqual([
      `state ${home.join(".openclaw")}`,
      `workspace ${home.join("two")}`,
    ]);
    expect(found.notes.join("\n")).toContain(`${home.join("one")} is left out`);
    expect(found.notes.join("\n")).toContain("lies in the state directory and is captured with it");
  });
});
