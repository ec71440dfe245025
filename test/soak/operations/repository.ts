import { mkdirSync } from "node:fs";
import { initHome, listBackups, openApp, prepareRestore } from "../../../lib/app/index.ts";
import { Secret } from "../../../lib/base/index.ts";
import { initRepository } from "../../../lib/repository/index.ts";
import { readEnvironment } from "../../../lib/settings/index.ts";
import { openDirectoryStorage } from "../../../lib/storage/index.ts";
import { FAST_COST, testHolder } from "../../helpers/repository.ts";
import { type ResticRepository, resticRepository } from "../../helpers/restic.ts";
import type { TempDir } from "../../helpers/temp-dir.ts";
import {
  type ChangingInstallation,
  makeInstallation,
  type Recorded,
  readInstallation,
} from "./installation.ts";
import { type ClientOptions, openClient, PASSWORD } from "./work.ts";

export const INSTANCE = "box";

/** One user of the repository, with an installation and a home of his own. */
export interface Client {
  readonly name: string;
  readonly userHome: string;
  readonly installation: ChangingInstallation;
}

/** Makes an empty repository whose key costs nothing to open. @returns it, as the real restic sees it */
export async function makeRepository(base: TempDir): Promise<ResticRepository> {
  const path = base.join("storage", INSTANCE, "repository");
  mkdirSync(path, { recursive: true });
  await using storage = await openDirectoryStorage({ path });
  const password = new Secret(PASSWORD);
  await initRepository({ storage, password, holder: testHolder(), cost: FAST_COST });
  return resticRepository(path, base.join("restic"));
}

export async function makeClient(base: TempDir, name: string): Promise<Client> {
  const userHome = base.join(name);
  mkdirSync(userHome);
  const environment = {
    ...readEnvironment(),
    userHome,
    cwd: userHome,
    variables: { HOME: userHome },
  };
  await using app = await openApp({ environment, flags: {} });
  await initHome(app, { instance: INSTANCE, path: base.join("storage") });
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
