import { mkdirSync } from "node:fs";
import { listBackups, openApp, prepareRestore } from "../../../lib/app/index.ts";
import { readEnvironment } from "../../../lib/settings/index.ts";
import type { TempDir } from "../../helpers/temp-dir.ts";
import {
  type ChangingInstallation,
  makeInstallation,
  type Recorded,
  readInstallation,
} from "./installation.ts";
import type { Place } from "./place.ts";
import { type ClientOptions, INSTANCE, openClient } from "./work.ts";

/** One user of the repository, with an installation and a home of his own. */
export interface Client {
  readonly name: string;
  readonly userHome: string;
  readonly installation: ChangingInstallation;
}

/** Makes a client whose home stores in a place; the environment names the instance. */
export async function makeClient(base: TempDir, place: Place, name: string): Promise<Client> {
  const userHome = base.join(name);
  mkdirSync(userHome);
  const environment = {
    ...readEnvironment(),
    userHome,
    cwd: userHome,
    variables: { HOME: userHome, CLAWBACK_INSTANCE: INSTANCE },
  };
  await using app = await openApp({ environment, flags: {} });
  await place.configure(app);
  return { name, userHome, installation: makeInstallation(`${userHome}/.openclaw`) };
}

/** The ids of the snapshots that are there. */
export async function listIds(options: ClientOptions): Promise<string[]> {
  await using app = await openClient(options);
  const { backups, problems } = await listBackups(app);
  if (problems.length > 0) throw new Error(`list: ${problems[0]?.error.message}`);
  return backups.map(({ id }) => id);
}

/** Restores a snapshot elsewhere, and reads what it held. */
export async function restoreElsewhere(
  options: ClientOptions,
  id: string,
  target: string,
): Promise<Recorded> {
  await using app = await openClient(options);
  const planned = await prepareRestore(app, id, { target, withSnapshots: true });
  await planned.apply();
  return readInstallation(`${target}/.openclaw`);
}
