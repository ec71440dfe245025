/**
 * `npm run soak`: what is too long for every test run; `npm test` makes a tenth of it. Ends with exit code 1 at the first thing that is not
 * sound.
 *
 *   npm run soak                          all of it
 *   npm run soak -- operations kills      some of it
 *   SOAK_SEED=7 SOAK_STEPS=5000 npm run soak -- operations
 *
 * - `operations`: 1,000 random operations of two clients on one repository, some killed in the middle.
 * - `bucket`: 300 more in a bucket, through the caches that the clients keep of it.
 * - `kills`: snapshot and prune at once, each killed 200 times.
 * - `rustic`: 5 rounds in which rustic and we check, restore and extend each other's repository. Builds rustic when it is not there.
 * - `live`: 200 backups of an installation whose Gateway runs and whose databases take 500 transactions a second.
 */
import { randomInt } from "node:crypto";
import { startMinio } from "../helpers/minio.ts";
import { rustic as rusticPart } from "../parts/rustic.ts";
import { captureLive } from "./capture-live.ts";
import { killClients } from "./kill-clients.ts";
import type { OperationsOptions } from "./operations/run-operations.ts";
import { runOperations } from "./operations/run-operations.ts";
import { compareWithRustic } from "./rustic.ts";

type Soak = (seed: number, steps: number | undefined) => Promise<string>;

const SOAKS: Readonly<Record<string, Soak>> = { operations, bucket, kills, rustic, live };

async function operations(seed: number, steps = 1000): Promise<string> {
  return await operate({ seed, steps });
}

async function bucket(seed: number, steps = 300): Promise<string> {
  await using minio = await startMinio();
  return await operate({ seed, steps, minio });
}

async function operate(options: OperationsOptions): Promise<string> {
  const { steps } = options;
  const result = await runOperations({ ...options, onStep: everyHundred("step", steps) });
  const { made, killed, compared } = result;
  const kinds = Object.entries(made).map(([kind, count]) => `${kind} ${count}`);
  return `${steps} steps (${kinds.join(", ")}), ${killed} processes killed, ${compared} restores compared, restic check --read-data clean`;
}

async function kills(seed: number, steps = 200): Promise<string> {
  const deleted = await killClients({ kills: steps, seed, onRun: everyHundred("run", steps) });
  return `snapshot and prune killed ${steps} times each, sound each time, ${deleted} packs deleted`;
}

/** Building it takes minutes, and needs Rust; without it the rest of the soak is worth as much. */
async function rustic(seed: number, steps = 5): Promise<string> {
  try {
    if (rusticPart.find() === undefined) await rusticPart.install();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `skipped, for want of rustic: ${reason}; to get it: ${rusticPart.howToGet}`;
  }
  const { version, compared } = await compareWithRustic({ rounds: steps, seed });
  return `${version} and we extended each other's repositories ${steps} times, ${compared} restores compared, both checks clean`;
}

async function live(_seed: number, steps = 200): Promise<string> {
  const say = everyHundred("backup", steps);
  const result = await captureLive({ count: steps, onBackup: say });
  const { backups, transactions, databasesChecked, filesChecked, met } = result;
  return (
    `${backups} backups beside ${transactions} transactions: ${databasesChecked} databases sound and a prefix each, ` +
    `${filesChecked} files whole; met ${JSON.stringify(met)}`
  );
}

function everyHundred(what: string, steps: number): (number: number) => void {
  return (number) => {
    if (number % 100 === 0) process.stdout.write(`${what} ${number} of ${steps}\n`);
  };
}

function wholeNumber(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${name} is not a whole number: ${text}`);
}

const named = process.argv.slice(2);
const unknown = named.find((name) => SOAKS[name] === undefined);
if (unknown !== undefined) {
  throw new Error(`unknown soak ${unknown}; known are ${Object.keys(SOAKS).join(", ")}`);
}
for (const [name, soak] of Object.entries(SOAKS)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const seed = wholeNumber("SOAK_SEED") ?? randomInt(1_000_000_000);
  process.stdout.write(`${name}: seed ${seed}\n`);
  const started = performance.now();
  const told = await soak(seed, wholeNumber("SOAK_STEPS"));
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(`${name}: ${told}; ${seconds} s, seed ${seed}\n`);
}
