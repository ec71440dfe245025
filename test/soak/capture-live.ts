/**
 * Backs up an OpenClaw installation over and over while its Gateway runs, a writer commits 500 transactions a second into its
 * databases, and files are made, renamed and removed. Each archive is unpacked by tar and judged.
 *
 * `node test/soak/capture-live.ts [COUNT]` makes 200 backups.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type BackupReport, createArchive } from "../../lib/backup/index.ts";
import { createBackupId, systemClock } from "../../lib/base/index.ts";
import { DEFAULT_SCOPE, resolveRules } from "../../lib/capture/index.ts";
import { locateInstallation } from "../../lib/openclaw/index.ts";
import { startGateway } from "../helpers/gateway.ts";
import { openInstallation } from "../helpers/installation.ts";
import { NO_RULES } from "../helpers/plain-installation.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { NODE } from "../parts/environment.ts";
import { run } from "../parts/run.ts";

export interface LiveResult {
  readonly backups: number;
  /** Committed to all databases while the backups were made. */
  readonly transactions: number;
  readonly databasesChecked: number;
  readonly filesChecked: number;
  /** How often each note and each omission was met: `vanished`, `grew`, `omitted: changed`, … */
  readonly met: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export interface LiveOptions {
  readonly count: number;
  readonly transactionsPerSecond?: number | undefined;
  readonly onBackup?: ((number: number, report: BackupReport) => void) | undefined;
}

/** @throws Error that says what was wrong with which backup */
export async function captureLive(options: LiveOptions): Promise<LiveResult> {
  await using installation = await openInstallation();
  await using base = await tempDir();
  mkdirSync(base.join("tmp"));
  const { stateDir, home } = installation;
  const databases = [
    join(stateDir, "state/openclaw.sqlite"),
    join(stateDir, "agents/main/agent/openclaw-agent.sqlite"),
  ];
  const busy = [join(stateDir, "agents/main/sessions/live"), join(stateDir, "workspace/live")];
  await using _gateway = await startGateway(home);
  const rate = String(options.transactionsPerSecond ?? 500);
  using writer = startProgram("transactions.ts", [rate, ...databases]);
  using _churn = startProgram("churn.ts", busy);
  const committed = await firstReport(writer.process, databases.length);
  const tally = new Tally();
  const started = performance.now();
  for (let number = 1; number <= options.count; number++) {
    const before = [...committed];
    const { report, unpacked } = await backUp(base, installation.home, stateDir);
    for (const [i, path] of databases.entries()) {
      checkSequence(`${unpacked}${path}`, { atLeast: before[i] ?? 0, atMost: committed[i] ?? 0 });
      tally.databases++;
    }
    for (const directory of busy) tally.files += checkFiles(`${unpacked}${directory}`, report);
    tally.meet(report);
    options.onBackup?.(number, report);
    rmSync(base.join("out"), { recursive: true });
  }
  const left = readdirSync(base.join("tmp"));
  if (left.length > 0) throw new Error(`left in the temporary directory: ${left.join(", ")}`);
  return {
    backups: options.count,
    transactions: committed.reduce((sum, count) => sum + count, 0),
    databasesChecked: tally.databases,
    filesChecked: tally.files,
    met: tally.met,
    seconds: (performance.now() - started) / 1000,
  };
}

class Tally {
  databases = 0;
  files = 0;
  readonly met: Record<string, number> = {};

  meet(report: BackupReport): void {
    if (report.degraded) throw new Error(`degraded: ${JSON.stringify(report.omissions)}`);
    const names = [
      ...report.notes.map(({ note }) => note),
      ...report.omissions.map(({ reason }) => `omitted: ${reason}`),
    ];
    for (const name of names) this.met[name] = (this.met[name] ?? 0) + 1;
  }
}

async function backUp(
  base: TempDir,
  userHome: string,
  stateDir: string,
): Promise<{ report: BackupReport; unpacked: string }> {
  mkdirSync(base.join("out"));
  const now = systemClock.now();
  const path = base.join("out/archive.tar.gz");
  const report = await createArchive({
    id: createBackupId(now),
    instance: "live",
    now,
    destination: { type: "file", path },
    capture: {
      installation: await locateInstallation({ stateDir, environment: {}, userHome }),
      scope: DEFAULT_SCOPE,
      rules: resolveRules(NO_RULES),
      ownPaths: [base.path],
      temporaryDirectory: base.join("tmp"),
    },
    openclaw: { version: "unknown", schemaVersions: {} },
    host: { name: "live", platform: process.platform, nodeVersion: process.version },
    clawbackVersion: "0",
  });
  const { code, stderr } = await run("tar", ["xzf", path, "-C", base.join("out")], {});
  if (code !== 0) throw new Error(`tar: ${stderr}`);
  const [root] = readdirSync(base.join("out")).filter((name) => name.endsWith("-backup"));
  return { report, unpacked: base.join("out", root ?? "", "payload/posix") };
}

/** Everything up to one transaction is there, and nothing of a later one. */
function checkSequence(path: string, range: { atLeast: number; atMost: number }): void {
  using database = new DatabaseSync(path, { readOnly: true });
  const value = (sql: string): unknown => Object.values(database.prepare(sql).get() ?? {})[0];
  const integrity = value("PRAGMA integrity_check");
  const last = Number(value("SELECT max(seq) FROM soak_rows"));
  const isPrefix =
    integrity === "ok" &&
    value("SELECT count(*) FROM soak_rows") === last &&
    value("SELECT total FROM soak_sum") === (last * (last + 1)) / 2 &&
    last >= range.atLeast;
  if (isPrefix) return;
  throw new Error(`${path}: ${integrity}, last ${last}, committed ${JSON.stringify(range)}`);
}

/** @returns How many were judged. */
function checkFiles(directory: string, report: BackupReport): number {
  const omitted = new Set(report.omissions.map(({ path }) => path));
  const names = readdirSync(directory).filter((name) => /^(atomic|append)-/.test(name));
  for (const name of names) {
    const path = join(directory, name);
    if (omitted.has(path.slice(path.indexOf("payload/posix") + "payload/posix".length))) continue;
    const lines = readFileSync(path, "utf8").split("\n");
    const isWhole = name.startsWith("atomic")
      ? new Set(lines.slice(0, -1)).size === 1 && lines.at(-1) === ""
      : lines.slice(0, -1).every((line, i) => line === String(i + 1));
    if (!isWhole) throw new Error(`${path} holds what never was in the file`);
  }
  return names.length;
}

interface Program extends Disposable {
  readonly process: ChildProcess;
}

function startProgram(name: string, args: readonly string[]): Program {
  const child = fork(join(import.meta.dirname, name), args, { execPath: NODE });
  return { process: child, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

/** Waits for the first word of the writer; the array it gives is kept up to date. */
async function firstReport(writer: ChildProcess, count: number): Promise<number[]> {
  const committed = Array.from({ length: count }, () => 0);
  await new Promise<void>((resolve, reject) => {
    writer.on("message", (counts: number[]) => {
      for (const [i, value] of counts.entries()) committed[i] = value;
      resolve();
    });
    writer.once("exit", (code) => reject(new Error(`the writer ended with ${code}`)));
  });
  return committed;
}

if (import.meta.main) {
  const result = await captureLive({
    count: Number(process.argv[2] ?? 200),
    onBackup: (number, { files, durationMs }) => {
      if (number % 10 === 0) console.log(`backup ${number}: ${files} files in ${durationMs} ms`);
    },
  });
  console.log(result);
}
