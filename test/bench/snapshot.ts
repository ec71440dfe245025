/**
 * `npm run bench:snapshot`: Clawback's snapshots and restic's, in turn, on the same tree and the same MinIO, in the same minutes.
 *
 *   npm run bench:snapshot -- [--rounds 3] [--files 20000] [--db-mb 285] [--media-mb 100]
 *
 * A round begins with new repositories: the first snapshot, one of an unchanged tree, one after a day of work, a restore of the last one, and a
 * check that reads all data. Prints the medians and how they compare. Requests are counted in the first round only, because the server tells
 * them ten seconds late.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CLAWBACK_PROGRAM, clawbackEnvironment } from "../helpers/clawback.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { findProgram, NODE } from "../parts/environment.ts";
import { churnSampleState, makeSampleState } from "../parts/sample-state.ts";
import { type Cost, measure, median } from "./measure.ts";
import { requestsAnswered } from "./minio-requests.ts";
import { formatRows } from "./table.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    files: { type: "string", default: "20000" },
    "db-mb": { type: "string", default: "285" },
    "media-mb": { type: "string", default: "100" },
  },
});

const BUCKET = "bench";
const PASSWORD = "bench";

/** One of the two programs: the command line of each job, for the round that the name stands for. */
interface Contender {
  readonly name: string;
  readonly prepare?: string | undefined;
  readonly snapshot: string;
  readonly restore: (place: string) => string;
  readonly check: string;
  /** Where its objects lie. */
  readonly prefix: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Measured {
  readonly cost: Cost;
  readonly storedBytes: number;
  readonly requests: number | undefined;
}

type Results = Map<string, Map<string, Measured[]>>;

if (findProgram("restic") === undefined) throw new Error("restic is not installed");
await using scratch = await tempDir();
await using minio = await startMinio();
await minio.mc("mb", `test/${BUCKET}`);
const load = loadavg()[0]?.toFixed(1);
const restic = execFileSync("restic", ["version"], { encoding: "utf8" }).split(" ")[1];
process.stdout.write(
  `node ${process.version}, restic ${restic}, ${cpus().length} cores, load ${load}, rounds ${values.rounds}\n`,
);
const results: Results = new Map();
for (let round = 0; round < Number(values.rounds); round++) await runRound(round);
for (const [job, byName] of results) {
  const rows = [...byName].map(([name, measured]) => ({
    job: name,
    cost: median(measured.map(({ cost }) => cost)),
    storedBytes: measured.at(-1)?.storedBytes,
    requests: measured[0]?.requests,
  }));
  process.stdout.write(formatRows(job, rows, "restic"));
}

async function runRound(round: number): Promise<void> {
  const userHome = join(scratch.path, `user-${round}`);
  const stateDir = join(userHome, ".openclaw");
  makeSampleState(stateDir, {
    files: Number(values.files),
    dbMb: Number(values["db-mb"]),
    mediaMb: Number(values["media-mb"]),
  });
  const contenders = [await clawbackIn(userHome, round), resticIn(userHome, round)];
  for (const { prepare, env } of contenders) {
    if (prepare !== undefined) await measure(prepare, env);
  }
  const inTurn = async (job: string, commandOf: (contender: Contender) => string) => {
    for (const contender of contenders) {
      execFileSync("sync");
      await note(job, contender, { command: commandOf(contender), countsRequests: round === 0 });
    }
  };
  await inTurn("first snapshot", ({ snapshot }) => snapshot);
  await inTurn("nothing changed", ({ snapshot }) => snapshot);
  churnSampleState(stateDir, round + 2);
  await inTurn("one day's work", ({ snapshot }) => snapshot);
  const places = join(userHome, "places");
  mkdirSync(places);
  await inTurn("restore", ({ name, restore }) => restore(join(places, name)));
  await inTurn("check, all data read", ({ check }) => check);
  rmSync(userHome, { recursive: true, force: true });
}

interface Job {
  readonly command: string;
  readonly countsRequests: boolean;
}

async function note(
  job: string,
  contender: Contender,
  { command, countsRequests }: Job,
): Promise<void> {
  const before = await bytesBelow(minio, contender.prefix);
  const requestsBefore = countsRequests ? await requestsAnswered(minio.endpoint) : 0;
  const cost = await measure(command, contender.env);
  const requests = countsRequests
    ? (await requestsAnswered(minio.endpoint)) - requestsBefore
    : undefined;
  const storedBytes = (await bytesBelow(minio, contender.prefix)) - before;
  const byName = results.get(job) ?? new Map<string, Measured[]>();
  results.set(job, byName);
  byName.set(contender.name, [
    ...(byName.get(contender.name) ?? []),
    { cost, storedBytes, requests },
  ]);
}

async function clawbackIn(userHome: string, round: number): Promise<Contender> {
  const prefix = `clawback-${round}`;
  await addMinioStorage({ minio, userHome, bucket: BUCKET, prefix });
  const program = `${NODE} ${CLAWBACK_PROGRAM}`;
  return {
    name: "clawback",
    // Makes the repository, as `restic init` does, and stores next to nothing.
    prepare: `${program} snapshot --only-config --quiet > /dev/null`,
    snapshot: `${program} snapshot --quiet > /dev/null`,
    restore: (place) => `${program} restore latest --target ${place} --quiet > /dev/null`,
    check: `${program} repository check --read-data --quiet > /dev/null`,
    prefix,
    env: { ...clawbackEnvironment({ userHome }), CLAWBACK_PASSWORD: PASSWORD },
  };
}

function resticIn(userHome: string, round: number): Contender {
  const prefix = `restic-${round}`;
  // The same is left out as by Clawback's own rules.
  const exclude = "--exclude node_modules --exclude logs";
  return {
    name: "restic",
    prepare: "restic init > /dev/null",
    snapshot: `restic backup --quiet ${exclude} ${userHome}/.openclaw > /dev/null`,
    restore: (place) => `restic restore latest --target ${place} > /dev/null`,
    check: "restic check --read-data > /dev/null",
    prefix,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: userHome,
      AWS_ACCESS_KEY_ID: minio.accessKeyId,
      AWS_SECRET_ACCESS_KEY: minio.secretAccessKey,
      RESTIC_REPOSITORY: `s3:${minio.endpoint}/${BUCKET}/${prefix}`,
      RESTIC_PASSWORD: PASSWORD,
    },
  };
}

async function bytesBelow({ mc }: Minio, prefix: string): Promise<number> {
  const listing = await mc("ls", "--json", "--recursive", `test/${BUCKET}/${prefix}/`).catch(
    () => "",
  );
  const objects = listing.split("\n").filter((line) => line !== "");
  return objects.reduce((sum, line) => sum + (JSON.parse(line) as { size: number }).size, 0);
}
