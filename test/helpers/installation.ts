import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InstallationFacts } from "../parts/installation.ts";
import { partPath } from "./parts.ts";

/** A real OpenClaw installation of the test's own, with its Gateway stopped. */
export interface Installation extends InstallationFacts, AsyncDisposable {
  /** Its `HOME`. */
  readonly home: string;
  readonly stateDir: string;
  readonly configPath: string;
  /** Each agent's workspace. The main agent's is in the state directory, the other's is not. */
  readonly workspaces: { readonly main: string; readonly research: string };
}

/** Opens a copy of the fixture: two agents, sessions, a cron job, plugins, credentials, skills. */
export async function openInstallation(): Promise<Installation> {
  const fixture = partPath("installation");
  const home = await mkdtemp(join(tmpdir(), "clawback-installation-"));
  await cp(fixture, home, { recursive: true, verbatimSymlinks: true });
  throw new Error(`not reached yet: ${rm}`);
}
