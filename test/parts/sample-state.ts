/**
 * Makes a large state directory for measurements, or lets a day pass in one. The same options give the same bytes.
 *
 *     node test/parts/sample-state.ts DIR [--files 20000] [--db-mb 213] [--media-mb 100] [--seed 1]
 *     node test/parts/sample-state.ts DIR --churn [--seed 2]
 *
 * Sizes and their spread follow real installations: many small notes and source files, a large agent database and a
 * small global one, media that does not compress, logs, a node_modules to leave out, links in and out of the tree.
 * The databases have not OpenClaw's own tables: where the real program must read it, take `openInstallation`.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { churnDatabase, makeDatabase, type SampleDatabase } from "./sample-database.ts";
import { type Chance, chance } from "./sample-text.ts";

/** How large a sample is. */
export interface SampleOptions {
  /** Small files in workspace and skills; a tenth as many more are in a node_modules. @default 20_000 */
  readonly files?: number | undefined;
  /** Size of the agent database. @default 213 */
  readonly dbMb?: number | undefined;
  /** @default 100 */
  readonly mediaMb?: number | undefined;
  /** @default 1 */
  readonly seed?: number | undefined;
}

const MIB = 1 << 20;
const MEGABYTE = 1_000_000;

/** Makes a sample in a folder that does not exist or is empty. */
export function makeSampleState(dir: string, options: SampleOptions = {}): void {
  const { files = 20_000, dbMb = 213, mediaMb = 100, seed = 1 } = options;
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new Error(`${dir} is not empty`);
  }
  const random = chance(seed);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  addSettings(dir, seed, random);
  addSmallFiles(dir, files, random);
  addMedia(dir, mediaMb, random);
  for (let i = 0; i < 5; i += 1) {
    put(join(dir, `logs/gateway-${i}.log`), random.text(500_000));
  }
  symlinkSync("notes", join(dir, "workspace/latest"));
  symlinkSync("/usr/share/doc", join(dir, "workspace/outside"));
  symlinkSync("nowhere", join(dir, "workspace/dangling"));
  makeDatabase(agentDatabase(dir), dbMb * MEGABYTE, random);
  makeDatabase(globalDatabase(dir), Math.max(1, dbMb / 50) * MEGABYTE, random);
}

/** Lets one day pass: more events, some notes longer, some new, one gone, a picture, a grown log. */
export function churnSampleState(dir: string, seed = 2): void {
  const random = chance(seed);
  churnDatabase(agentDatabase(dir), { addBytes: 2 * MEGABYTE, updateShare: 0.005 }, random);
  churnDatabase(globalDatabase(dir), { addBytes: 0.1 * MEGABYTE, updateShare: 0.02 }, random);
  const notes = join(dir, "workspace/notes");
  const [removed, ...grown] = filesIn(notes).filter(() => random.below(100) === 0);
  for (const path of grown) {
    appendFileSync(path, random.text(300));
  }
  if (removed !== undefined) {
    rmSync(removed);
  }
  for (let i = 0; i < 40; i += 1) {
    put(join(notes, `new/day${seed}-${i}.md`), random.text(3000));
  }
  appendFileSync(join(dir, "logs/gateway-0.log"), random.text(200_000));
  put(join(dir, `media/outbound/day${seed}.jpg`), random.noise(2 * MIB));
}

function agentDatabase(dir: string): SampleDatabase {
  const path = join(dir, "agents/main/agent/openclaw-agent.sqlite");
  return { path, table: "transcript_events" };
}

function globalDatabase(dir: string): SampleDatabase {
  return { path: join(dir, "state/openclaw.sqlite"), table: "audit_events" };
}

function addSettings(dir: string, seed: number, random: Chance): void {
  const auth = { mode: "token", token: `token-${seed}-0123456789abcdef` };
  const config = {
    gateway: { port: 18789, bind: "loopback", auth },
    agents: { defaults: { workspace: join(dir, "workspace") } },
  };
  put(join(dir, "openclaw.json"), JSON.stringify(config, null, 2), 0o600);
  put(join(dir, ".env"), "EXAMPLE_API_KEY=sk-synthetic-000000\n", 0o600);
  const creds = JSON.stringify({ noiseKey: random.text(64), me: "synthetic" });
  put(join(dir, "credentials/whatsapp/default/creds.json"), creds, 0o600);
  put(join(dir, "cron/jobs.json"), '{"jobs":[]}\n');
  for (const name of ["AGENTS.md", "SOUL.md", "IDENTITY.md", "MEMORY.md"]) {
    put(join(dir, "workspace", name), random.text(4000));
  }
  put(join(dir, "workspace/USER.md"), "# User\n\n- Name: Example\n- Language: Deutsch\n");
}

function addSmallFiles(dir: string, count: number, random: Chance): void {
  for (let i = 0; i < count; i += 1) {
    const name = `f${i}.${i % 3 === 0 ? "ts" : "md"}`;
    put(join(dir, placeOf(i, random), name), random.text(300 + random.below(9700)));
  }
  for (let i = 0; i < count / 10; i += 1) {
    const folder = `workspace/project0/node_modules/p${random.below(300)}`;
    put(join(dir, folder, `m${i}.js`), random.text(2000));
  }
}

/** Six in ten are notes, three are sources of projects, one belongs to a skill. */
function placeOf(index: number, random: Chance): string {
  const tenth = index % 10;
  if (tenth < 6) {
    return `workspace/notes/${random.below(60)}/${random.below(30)}`;
  }
  return tenth < 9
    ? `workspace/project${random.below(8)}/src/${random.below(40)}`
    : `skills/skill${random.below(40)}`;
}

function addMedia(dir: string, megabytes: number, random: Chance): void {
  for (let left = megabytes, i = 0; left > 0; i += 1) {
    const size = Math.min(left, 1 + random.below(5));
    put(join(dir, `media/outbound/m${i}.jpg`), random.noise(size * MIB));
    left -= size;
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function put(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode });
}

function main(): void {
  const number = { type: "string" } as const;
  const options = { files: number, "db-mb": number, "media-mb": number, seed: number };
  const { values, positionals } = parseArgs({
    options: { ...options, churn: { type: "boolean" } },
    allowPositionals: true,
  });
  const [dir] = positionals;
  if (dir === undefined) {
    throw new Error(
      "usage: sample-state.ts DIR [--files N] [--db-mb N] [--media-mb N] [--seed N] [--churn]",
    );
  }
  const read = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : Number(text);
  if (values.churn) {
    churnSampleState(dir, read(values.seed));
    return;
  }
  makeSampleState(dir, {
    files: read(values.files),
    dbMb: read(values["db-mb"]),
    mediaMb: read(values["media-mb"]),
    seed: read(values.seed),
  });
}

if (import.meta.main) {
  main();
}
