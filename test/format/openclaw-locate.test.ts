import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Installation,
  locateInstallation,
  readOpenClawProgram,
} from "../../lib/openclaw/index.ts";
import { type Installation as Fixture, openInstallation } from "../helpers/installation.ts";
import { runOpenClaw, runOpenClawJson } from "../helpers/openclaw.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { VERSIONS } from "../parts/versions.ts";

interface DryRun {
  readonly assets: readonly { readonly kind: string; readonly sourcePath: string }[];
  readonly agentRoots: readonly { readonly agentId: string; readonly sourcePath: string }[];
}

interface Settings {
  readonly env?: Record<string, string>;
  readonly profile?: string;
}

describeWith(["openclaw", "installation"], "where OpenClaw itself says its things are", () => {
  let fixture: Fixture;
  let home: string;
  /** A state directory without anything that a config would have to name. */
  let bare: string;
  beforeAll(async () => {
    fixture = await openInstallation();
    home = fixture.home;
    bare = `${home}/bare`;
    cpSync(`${fixture.stateDir}/state`, `${bare}/state`, { recursive: true });
    mkdirSync(`${home}/far/agent`, { recursive: true });
    for (const name of ["one", "two", "pack"]) mkdirSync(`${home}/ws/${name}`, { recursive: true });
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  /** Asks both, and compares the roots and the agents' directories. A command costs OpenClaw seconds, so there is one a case. */
  async function compare(settings: Settings): Promise<Installation> {
    const options = { home, env: settings.env };
    const flags = settings.profile === undefined ? [] : ["--profile", settings.profile];
    const dryRun = await runOpenClawJson<DryRun>(
      [...flags, "backup", "create", "--dry-run"],
      options,
    );
    const found = await locateInstallation({
      profile: settings.profile,
      environment: settings.env ?? {},
      userHome: home,
    });
    expect(byPath(ownRoots(found))).toEqual(byPath(dryRun.assets));
    const agents = found.agents.map(({ agentId, agentDir }) => ({ agentId, sourcePath: agentDir }));
    expect(agents).toEqual(dryRun.agentRoots);
    return found;
  }

  /** Without the skill directories, which OpenClaw reads but does not back up. */
  const ownRoots = ({ roots }: Installation) =>
    roots.filter(({ kind }) => kind !== "managed skill");
  const byPath = (roots: readonly { kind: string; path?: string; sourcePath?: string }[]) =>
    roots.map(({ kind, path, sourcePath }) => `${path ?? sourcePath} ${kind}`).toSorted();

  test("the default, with an outside workspace", async () => {
    const found = await compare({});
    expect(found).toMatchObject({ stateDir: fixture.stateDir, configStatus: "ok", notes: [] });
    expect(found.workspaces).toEqual([fixture.workspaces.main, fixture.workspaces.research]);
    expect(found.roots.filter(({ kind }) => kind === "managed skill")).toEqual([
      { kind: "managed skill", path: `${home}/.agents/skills` },
    ]);
    expect(found.essentialDatabases).toEqual([
      `${fixture.stateDir}/state/openclaw.sqlite`,
      `${fixture.stateDir}/agents/main/agent/openclaw-agent.sqlite`,
      `${fixture.stateDir}/agents/research/agent/openclaw-agent.sqlite`,
    ]);
  });

  test("--profile", async () => {
    cpSync(bare, `${home}/.openclaw-work`, { recursive: true });
    mkdirSync(`${home}/.openclaw-work/workspace`);
    writeFileSync(`${home}/.openclaw-work/openclaw.json`, "{}");
    const found = await compare({ profile: "work" });
    expect(found.workspaces).toEqual([`${home}/.openclaw-work/workspace`]);
  });

  test("OPENCLAW_STATE_DIR wins over --profile", async () => {
    writeFileSync(`${bare}/openclaw.json`, "{}");
    await compare({ profile: "work", env: { OPENCLAW_STATE_DIR: bare } });
  });

  test("OPENCLAW_PROFILE alone", async () => {
    await compare({ env: { OPENCLAW_PROFILE: "zed" } });
  });

  test("OPENCLAW_HOME, with the directory and config of the program's earlier name", async () => {
    const old = `${home}/elsewhere/.clawdbot`;
    cpSync(bare, old, { recursive: true });
    writeFileSync(`${old}/clawdbot.json`, "{}");
    rmSync(`${old}/openclaw.json`);
    const env = { OPENCLAW_HOME: "~/elsewhere" };
    const found = await compare({ env });
    const config = await runOpenClaw(["config", "file"], { home, env });
    expect(found.configPath).toBe(config.stdout.trim());
  });

  test("OPENCLAW_CONFIG_PATH, in JSON5 with includes, placeholders and directories everywhere", async () => {
    mkdirSync(`${home}/etc/parts`, { recursive: true });
    mkdirSync(`${home}/shared`, { recursive: true });
    writeFileSync(
      `${home}/etc/main.json5`,
      `// mine
      { $include: ["./parts/base.json5", "${home}/shared/more.json5"],
        agents: { entries: { Second_One: { agentDir: '~/far/agent', workspace: "\${WS}/two" }, }, } }`,
    );
    writeFileSync(
      `${home}/etc/parts/base.json5`,
      `{ agents: { ownership: "explicit", defaults: { workspace: "~/ws/none" }, entries: { main: { $include: "main.json5" } } } }`,
    );
    writeFileSync(`${home}/etc/parts/main.json5`, `{ workspace: "~/ws/one" }`);
    writeFileSync(
      `${home}/shared/more.json5`,
      `{ skills: { load: { extraDirs: ["~/ws/pack"] } } }`,
    );
    const env = {
      OPENCLAW_STATE_DIR: bare,
      OPENCLAW_CONFIG_PATH: `${home}/etc/main.json5`,
      OPENCLAW_INCLUDE_ROOTS: `${home}/shared`,
      WS: `${home}/ws`,
    };
    const found = await compare({ env });
    expect(found.workspaces).toEqual([`${home}/ws/one`, `${home}/ws/two`]);
    expect(found.roots).toContainEqual({ kind: "managed skill", path: `${home}/ws/pack` });
  });

  test("OPENCLAW_OAUTH_DIR, and a variable of the state directory's .env", async () => {
    mkdirSync(`${home}/oauth`);
    writeFileSync(`${bare}/.env`, `WS="${home}/ws"\n`);
    writeFileSync(`${bare}/openclaw.json`, `{ agents: { defaults: { workspace: "\${WS}/two" } } }`);
    const env = { OPENCLAW_STATE_DIR: bare, OPENCLAW_OAUTH_DIR: `${home}/oauth` };
    const found = await compare({ env });
    expect(found).toMatchObject({
      credentialsDir: `${home}/oauth`,
      workspaces: [`${home}/ws/two`],
    });
  });

  test("OPENCLAW_WORKSPACE_DIR", async () => {
    writeFileSync(`${bare}/openclaw.json`, "{}");
    const env = { OPENCLAW_STATE_DIR: bare, OPENCLAW_WORKSPACE_DIR: `${home}/ws/one` };
    expect((await compare({ env })).workspaces).toEqual([`${home}/ws/one`]);
  });

  test("a state directory and a workspace that are links", async () => {
    symlinkSync(bare, `${home}/linked`);
    symlinkSync(`${home}/ws/two`, `${home}/ws/link`);
    writeFileSync(`${bare}/openclaw.json`, `{ agents: { defaults: { workspace: "~/ws/link" } } }`);
    const options = { home, env: { OPENCLAW_STATE_DIR: `${home}/linked` } };
    const { assets } = await runOpenClawJson<DryRun>(["backup", "create", "--dry-run"], options);
    const found = await locateInstallation({ environment: options.env, userHome: home });
    expect(byPath(ownRoots(found))).toEqual(byPath(assets));
  });

  test("a config that OpenClaw refuses is still located", async () => {
    writeFileSync(`${bare}/openclaw.json`, `{ agents: { defaults: { workspace: "~/ws/two" }`);
    const options = { home, env: { OPENCLAW_STATE_DIR: bare } };
    expect((await runOpenClaw(["backup", "create", "--dry-run", "--json"], options)).code).toBe(1);
    const found = await locateInstallation({ environment: options.env, userHome: home });
    expect(found).toMatchObject({ configStatus: "broken", stateDir: bare });
  });

  test("the program tells its versions without being started", async () => {
    const bin = `${home}/bin`;
    mkdirSync(bin);
    symlinkSync(partPath("openclaw"), `${bin}/openclaw`);
    expect(await readOpenClawProgram({ PATH: bin })).toMatchObject({
      version: VERSIONS.openclaw,
      schemaVersions: { state: 18, agent: 23 },
    });
  });
});
