import { createHash } from "node:crypto";
import { join } from "node:path";
import { count, formatSize, isBackupError, MIB } from "../base/index.ts";
import { createPrivateDirectory, openSource, type Path, walk } from "../filesystem/index.ts";
import { type AppContext, openApp } from "./context.ts";
import { createBackup } from "./create.ts";
import { findInstallation } from "./installation.ts";
import { listBackups, showBackup } from "./reading/index.ts";
import { prepareRestore } from "./restore.ts";
import { makeSample } from "./sample.ts";
import { initHome } from "./settings.ts";
import { verifyBackup } from "./verify.ts";

export interface DemoReport {
  readonly ok: boolean;
  /** No installation was found; a sample was made. */
  readonly isSample: boolean;
  readonly stateDir: string;
  readonly steps: readonly {
    readonly command: string;
    readonly durationMs: number;
    readonly outcome: string;
  }[];
}

/**
 * Runs the main job on this machine without leaving a trace: the installation that is found is only read, everything that is written
 * lies in a private scratch directory, which is removed at the end.
 */
export async function runDemo(app: AppContext): Promise<DemoReport> {
  const parent = app.settings.environment.TMPDIR || "/tmp";
  await using scratch = await createPrivateDirectory(parent, "demo");
  const found = await existingStateDir(app);
  const stateDir = found ?? join(scratch.path, "sample", ".openclaw");
  if (found === undefined) await makeSample(stateDir, { files: 400 });
  await using own = await openApp({
    environment: app.environment,
    flags: { home: join(scratch.path, "home"), stateDir },
    clock: app.clock,
    signal: app.signal,
    onProgress: app.onProgress,
  });
  await initHome(own, { instance: "demo" });
  const flags = { home: join(scratch.path, "home"), stateDir };
  await using configured = await openApp({ ...own, flags });
  return await runSteps(configured, {
    stateDir,
    isSample: found === undefined,
    target: join(scratch.path, "restored"),
  });
}

async function existingStateDir(app: AppContext): Promise<string | undefined> {
  try {
    return (await findInstallation(app)).stateDir;
  } catch (error) {
    if (isBackupError(error, "installation-not-found")) return undefined;
    throw error;
  }
}

async function runSteps(
  app: AppContext,
  facts: { readonly stateDir: string; readonly isSample: boolean; readonly target: string },
): Promise<DemoReport> {
  const steps: { command: string; durationMs: number; outcome: string }[] = [];
  const step = async (command: string, work: () => Promise<string>): Promise<void> => {
    const started = app.clock.monotonicMs();
    const outcome = await work();
    steps.push({ command, durationMs: app.clock.monotonicMs() - started, outcome });
  };
  let ok = true;
  await step("create", async () => {
    const report = await createBackup(app, {});
    const facts = [
      count(report.files, "file"),
      count(report.databases, "database"),
      count(report.omissions.length, "omission"),
    ];
    return `${facts.join(", ")}, ${formatSize(report.bytes)} into ${formatSize(report.storedBytes)}`;
  });
  await step("list", async () => {
    const { backups } = await listBackups(app);
    return `${count(backups.length, "backup")}, newest ${backups[0]?.id ?? "none"}`;
  });
  await step("verify latest", async () => {
    const report = await verifyBackup(app, "latest");
    ok &&= report.ok;
    return report.ok
      ? `sound: ${count(report.checked.files, "file")} and ${count(report.checked.databases, "database")}`
      : "NOT sound";
  });
  await step("restore latest --target", async () => {
    const planned = await prepareRestore(app, "latest", { target: facts.target });
    const { restored } = await planned.apply();
    return `${count(restored.files, "file")}, ${formatSize(restored.bytes)}`;
  });
  await step("compare", async () => {
    const compared = await compareRestored(app, facts.target);
    ok &&= compared.different === 0 && compared.same > 0;
    return `${count(compared.same, "file")} as recorded, ${compared.different} different`;
  });
  return { ok, isSample: facts.isSample, stateDir: facts.stateDir, steps };
}

/** Reads every restored file from disk again and compares it with the hash recorded when it was captured. */
async function compareRestored(
  app: AppContext,
  target: Path,
): Promise<{ same: number; different: number }> {
  const { files = [] } = await showBackup(app, "latest");
  const recorded = new Map<string, number>();
  for (const file of files) {
    if (file.sha256 !== undefined) recorded.set(file.sha256, (recorded.get(file.sha256) ?? 0) + 1);
  }
  let same = 0;
  let different = 0;
  for (const { path, stat } of walk(target)) {
    if (stat.type !== "file" || stat.nlink > 1) continue;
    const sha256 = hashFile(path);
    const left = recorded.get(sha256) ?? 0;
    if (left === 0) different++;
    else same++;
    recorded.set(sha256, left - 1);
  }
  for (const left of recorded.values()) different += Math.max(0, left);
  return { same, different };
}

function hashFile(path: Path): string {
  using file = openSource(path);
  const hash = createHash("sha256");
  for (let offset = 0; file !== undefined; ) {
    const chunk = file.read(offset, MIB);
    if (chunk.length === 0) break;
    hash.update(chunk);
    offset += chunk.length;
  }
  return hash.digest("hex");
}
