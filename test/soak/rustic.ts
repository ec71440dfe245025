/**
 * Holds what we write against rustic, and what rustic writes against us: each checks, restores and extends the other's repository.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { type Random, seededRandom } from "../helpers/random.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { pathOf } from "../parts/part.ts";
import { rustic as rusticPart } from "../parts/rustic.ts";
import { firstDifference, type Recorded, readInstallation } from "./operations/installation.ts";
import { directoryPlace, makeRepository } from "./operations/place.ts";
import { type Client, listIds, makeClient, restoreElsewhere } from "./operations/repository.ts";
import { doWork, openClient, PASSWORD } from "./operations/work.ts";

export interface RusticOptions {
  /** How often each of both adds a snapshot to the other's repository. */
  readonly rounds: number;
  readonly seed: number;
}

export interface RusticResult {
  readonly version: string;
  /** Restores by either that were compared. */
  readonly compared: number;
}

/** @throws Error that names the seed, and what one of both did not accept */
export async function compareWithRustic({ rounds, seed }: RusticOptions): Promise<RusticResult> {
  const version = String(spawnSync(pathOf(rusticPart), ["--version"]).stdout).trim();
  let compared = 0;
  for (const initBy of ["us", "rustic"] as const) {
    try {
      compared += await oneRepository(initBy, rounds, seededRandom(seed));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`in a repository by ${initBy}: ${reason}; again with SOAK_SEED=${seed}`, {
        cause,
      });
    }
  }
  return { version, compared };
}

async function oneRepository(
  initBy: "us" | "rustic",
  rounds: number,
  random: Random,
): Promise<number> {
  await using base = await tempDir();
  const place =
    initBy === "us" ? await makeRepository(base, undefined) : await directoryPlace(base);
  const rustic = rusticOn(place.restic.path, base);
  if (initBy === "rustic") rustic(["init"]);
  const client = await makeClient(base, place, "anna");
  const recorded = new Map<string, Recorded>();
  let compared = 0;
  for (let round = 0; round < rounds; round++) {
    for (let change = 0; change < 12; change++) client.installation.change(random);
    const record = client.installation.record();
    recorded.set(await snapshotByUs(client), record);
    rustic(["check", "--read-data"]);
    compared += compareByRustic(base, rustic, client, record);
    rustic(["backup", client.installation.stateDir]);
    await checkByUs(client);
    compared += await compareByUs(base, client, recorded);
  }
  rustic(["prune", "--instant-delete"]);
  await checkByUs(client);
  compared += await compareByUs(base, client, recorded);
  return compared;
}

type Rustic = (args: readonly string[]) => void;

function rusticOn(path: string, base: TempDir): Rustic {
  return (args) => {
    const { status, stderr, stdout } = spawnSync(pathOf(rusticPart), args, {
      cwd: base.path,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: base.path,
        RUSTIC_REPOSITORY: path,
        RUSTIC_PASSWORD: PASSWORD,
        RUSTIC_NO_CACHE: "true",
        RUSTIC_NO_PROGRESS: "true",
      },
      maxBuffer: 1 << 28,
    });
    const said = `${stdout}\n${stderr}`;
    // It warns of damage, and ends with success.
    const isUnsound = args[0] === "check" && /\b(ERROR|WARN)\b/.test(said);
    if (status !== 0 || isUnsound)
      throw new Error(`rustic ${args.join(" ")}: exit ${status}: ${said}`);
  };
}

async function snapshotByUs({ userHome }: Client): Promise<string> {
  await using app = await openClient({ userHome, aheadMs: 0 });
  return (await doWork(app, { type: "snapshot" })) ?? "";
}

async function checkByUs({ userHome }: Client): Promise<void> {
  await using app = await openClient({ userHome, aheadMs: 0 });
  await doWork(app, { type: "check", readData: true });
}

/** Ours, with what rustic has added and pruned meanwhile. */
async function compareByUs(
  base: TempDir,
  { userHome }: Client,
  recorded: ReadonlyMap<string, Recorded>,
): Promise<number> {
  const options = { userHome, aheadMs: 0 };
  const ids = await listIds(options);
  const target = base.join("restored-by-us");
  for (const [id, expected] of recorded) {
    if (!ids.includes(id)) throw new Error(`snapshot ${id} is not listed`);
    const difference = firstDifference(await restoreElsewhere(options, id, target), expected);
    rmSync(target, { recursive: true });
    if (difference !== undefined) throw new Error(`our snapshot ${id} holds ${difference}`);
  }
  return recorded.size;
}

/** The newest, which is ours. */
function compareByRustic(
  base: TempDir,
  rustic: Rustic,
  { installation }: Client,
  expected: Recorded,
): number {
  const target = base.join("restored-by-rustic");
  rustic(["restore", `latest:${installation.stateDir}`, target]);
  const difference = firstDifference(readInstallation(target), expected);
  if (difference !== undefined) throw new Error(`rustic restored ${difference}`);
  rmSync(target, { recursive: true });
  return 1;
}
