import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CLAWBACK_PROGRAM, clawbackEnvironment } from "../helpers/clawback.ts";
import { type Minio, startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { findProgram, NODE } from "../parts/environment.ts";
import { mc as mcPart } from "../parts/go-programs.ts";
import { pathOf } from "../parts/part.ts";
import { makeSampleState } from "../parts/sample-state.ts";
import { type Cost, measure, median } from "./measure.ts";
import { formatRows, type Row } from "./table.ts";

export interface BenchSettings {
  readonly scratch: string;
  readonly rounds: number;
  readonly files: number;
  readonly dbMb: number;
  readonly mediaMb: number;
}

/** Creating and restoring through S3, against tar, pigz and zstd piped to and from an uploader (`mc`). */
export async function benchmarkS3(settings: BenchSettings): Promise<void> {
  const home = join(settings.scratch, "user");
  const stateDir = join(home, ".openclaw");
  makeSampleState(stateDir, settings);
  await using minio = await startMinio();
  await minio.mc("mb", "test/bench");
  const env = { ...clawbackEnvironment({ userHome: home }), ...mcEnvironment(minio, home) };
  await addMinioStorage({ minio, userHome: home, bucket: "bench" });
  const mc = pathOf(mcPart);
  const clawback = `${NODE} ${CLAWBACK_PROGRAM}`;
  // The peers leave out what Clawback leaves out.
  const tar = `tar -C ${home} --exclude=node_modules --exclude=logs`;
  const creates = available({
    "clawback create": `${clawback} create --quiet > /dev/null`,
    "tar czf - | upload": `${tar} -czf - .openclaw | ${mc} pipe --quiet test/bench/tar.gz > /dev/null`,
    "tar | pigz | upload": `${tar} -cf - .openclaw | pigz | ${mc} pipe --quiet test/bench/pigz.gz > /dev/null`,
    "tar | zstd -T0 | upload": `${tar} -cf - .openclaw | zstd -T0 -q | ${mc} pipe --quiet test/bench/tar.zst > /dev/null`,
  });
  const sizes = async (): Promise<Record<string, number | undefined>> => ({
    "clawback create": await newestArchiveBytes(minio),
    "tar czf - | upload": await objectBytes(minio, "tar.gz"),
    "tar | pigz | upload": await objectBytes(minio, "pigz.gz"),
    "tar | zstd -T0 | upload": await objectBytes(minio, "tar.zst"),
  });
  const created = await inTurn(creates, settings.rounds, env);
  const stored = await sizes();
  const createRows = created.map((row) => ({ ...row, storedBytes: stored[row.job] }));
  process.stdout.write(formatRows("Create to S3 (SSE-KMS)", createRows, "tar czf - | upload"));

  const restores = available({
    "clawback restore --target": `${clawback} restore latest --target $PLACE --quiet > /dev/null`,
    "download | tar xzf": `mkdir $PLACE && ${mc} cat --quiet test/bench/tar.gz | tar -C $PLACE -xzf -`,
    "download | zstd -d | tar x": `mkdir $PLACE && ${mc} cat --quiet test/bench/tar.zst | zstd -dq | tar -C $PLACE -xf -`,
  });
  const places = join(settings.scratch, "restored");
  const restored = await inTurn(restores, settings.rounds, env, places);
  process.stdout.write(formatRows("Restore from S3", restored, "download | tar xzf"));
  rmSync(places, { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
}

/** Leaves out what needs a program that is not here, and says so. */
export function available(commands: Readonly<Record<string, string>>): Record<string, string> {
  const missing = ["pigz", "zstd"].filter((program) => findProgram(program) === undefined);
  const lacks = (job: string): boolean => missing.some((program) => job.includes(program));
  for (const program of missing) process.stdout.write(`left out: ${program} is not installed\n`);
  return Object.fromEntries(Object.entries(commands).filter(([job]) => !lacks(job)));
}

/**
 * Runs each command once in each round, after one round that does not count, and gives the medians.
 *
 * @param places - A directory below which every run finds a path of its own as `$PLACE`. Nothing is removed between the runs: ext4 passes over
 *   inodes that were freed in the last minutes one by one, so whoever writes after a removal of 20,000 files takes three times as long.
 */
export async function inTurn(
  commands: Readonly<Record<string, string>>,
  rounds: number,
  env: Readonly<Record<string, string>>,
  places?: string,
): Promise<Row[]> {
  if (places !== undefined) mkdirSync(places, { recursive: true });
  const costs = new Map<string, Cost[]>(Object.keys(commands).map((job) => [job, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [job, command]] of Object.entries(commands).entries()) {
      // What the last one left to be written would be waited for by this one.
      execFileSync("sync");
      const cost = await measure(command, { ...env, PLACE: `${places}/${round}-${i}` });
      if (round > 0) costs.get(job)?.push(cost);
    }
  }
  return [...costs].map(([job, list]) => ({ job, cost: median(list) }));
}

export function mcEnvironment(minio: Minio, home: string): Record<string, string> {
  const credentials = `${minio.accessKeyId}:${minio.secretAccessKey}`;
  return {
    MC_CONFIG_DIR: join(home, ".mc"),
    MC_HOST_test: minio.endpoint.replace("://", `://${credentials}@`),
  };
}

async function objectBytes(minio: Minio, key: string): Promise<number | undefined> {
  if (!existsSync(minio.dataDir)) return undefined;
  const listing = await minio.mc("ls", "--json", `test/bench/${key}`);
  return listing === "" ? undefined : (JSON.parse(listing.split("\n")[0] ?? "{}").size as number);
}

async function newestArchiveBytes(minio: Minio): Promise<number | undefined> {
  const listing = await minio.mc("ls", "--json", "--recursive", "test/bench/");
  const objects = listing
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { key: string; size: number });
  return objects.findLast((object) => object.key.endsWith("archive.tar.gz"))?.size;
}
