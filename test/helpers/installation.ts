import { readFileSync } from "node:fs";
import {
  cp,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installation } from "../parts/installation.ts";
import type { FixtureFacts, InstallationFacts } from "../parts/installation-facts.ts";
import { pathOf } from "../parts/part.ts";
import { relocateDatabases, type Substitution } from "./relocate-databases.ts";
import { freePort } from "./servers.ts";

export type { InstallationFacts } from "../parts/installation-facts.ts";

/** A real OpenClaw installation of the test's own, with its Gateway stopped. Disposing of it removes it. */
export interface Installation extends InstallationFacts, AsyncDisposable {
  /** Its `HOME`. */
  readonly home: string;
  readonly stateDir: string;
  readonly configPath: string;
  /** Each agent's workspace. The main agent's is in the state directory, the other's is not. */
  readonly workspaces: { readonly main: string; readonly research: string };
  readonly gatewayPort: number;
}

export interface InstallationOptions {
  /** The `HOME` to make; must not exist. @default a temporary folder */
  readonly home?: string | undefined;
  /** The `url` of a `FakeModel`, for agent turns. @default an address where nothing answers */
  readonly modelUrl?: string | undefined;
}

/**
 * Makes a copy of the fixture: two agents, sessions, a cron job, two plugins, credentials, skills.
 *
 * OpenClaw keeps absolute paths in its config and databases. They are rewritten to the copy's, so that it is an
 * installation as if made there: real OpenClaw finds its sessions, cron jobs and plugins. Each database has a
 * write-ahead log that is not empty, as on a live system. Takes about half a second.
 */
export async function openInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const fixture = pathOf(installation);
  const { builtAt, ...facts } = readFacts(fixture);
  const made = options.home ?? (await mkdtemp(join(tmpdir(), "clawback-installation-")));
  await cp(join(fixture, "home"), made, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
  });
  const home = await realpath(made);
  const stateDir = join(home, ".openclaw");
  const gatewayPort = await freePort();
  await rewriteConfigs(stateDir, [
    { from: builtAt, to: home },
    { from: `"port": ${facts.gatewayPort}`, to: `"port": ${gatewayPort}` },
    { from: facts.modelUrl, to: options.modelUrl ?? "http://127.0.0.1:9/v1" },
  ]);
  await relocateLinks(join(stateDir, "plugin-skills"), { from: builtAt, to: home });
  relocateDatabases(stateDir, builtAt, home);
  return {
    ...facts,
    home,
    stateDir,
    configPath: join(stateDir, "openclaw.json"),
    workspaces: { main: join(stateDir, "workspace"), research: join(home, "research") },
    gatewayPort,
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function readFacts(fixture: string): FixtureFacts {
  return JSON.parse(readFileSync(join(fixture, "facts.json"), "utf8"));
}

/** Rewrites the config and the earlier ones that OpenClaw keeps beside it. */
async function rewriteConfigs(stateDir: string, changes: readonly Substitution[]): Promise<void> {
  const names = await readdir(stateDir);
  for (const name of names.filter((each) => each.startsWith("openclaw.json"))) {
    const path = join(stateDir, name);
    let text = await readFile(path, "utf8");
    for (const { from, to } of changes) {
      text = text.replaceAll(from, to);
    }
    await writeFile(path, text);
  }
}

async function relocateLinks(folder: string, { from, to }: Substitution): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const target = await readlink(path);
    if (target.startsWith(from)) {
      await rm(path);
      await symlink(to + target.slice(from.length), path);
    }
  }
}
