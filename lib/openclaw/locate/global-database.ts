import { posix } from "node:path";
import { type Path, readTextIfExists, realPath, statPath } from "../../filesystem/index.ts";
import { queryDatabase } from "../../sqlite/index.ts";
import { isConfigObject, parseConfigText } from "../config/index.ts";
import { normalizeAgentId } from "./agents.ts";

/** Where OpenClaw keeps what belongs to no single agent. */
export function globalDatabasePath(stateDir: Path): Path {
  return posix.join(stateDir, "state", "openclaw.sqlite");
}

const MAX_ROWS = 2000;

/** A job as far as it names paths. */
export interface CronJob {
  readonly name: string;
  /** Every text of the job's definition. */
  readonly texts: readonly string[];
}

/** The jobs in the global database and in the older `cron/jobs.json`; what cannot be read is passed over. */
export function cronJobs(stateDir: Path): readonly CronJob[] {
  return [...jobsOfDatabase(stateDir), ...jobsOfFile(stateDir)];
}

function jobsOfDatabase(stateDir: Path): readonly CronJob[] {
  const sql = `SELECT name, job_json FROM cron_jobs WHERE length(job_json) <= 65536 LIMIT ${MAX_ROWS}`;
  return rows(stateDir, sql).map((row) => ({
    name: String(row.name),
    texts: textsIn(parsed(String(row.job_json))),
  }));
}

function jobsOfFile(stateDir: Path): readonly CronJob[] {
  const path = posix.join(stateDir, "cron", "jobs.json");
  const file = parsed(attempt(() => readTextIfExists(path, 4 * 1024 * 1024)) ?? "");
  const jobs: unknown = isConfigObject(file) ? file.jobs : undefined;
  if (!Array.isArray(jobs)) return [];
  return jobs.slice(0, MAX_ROWS).map((job: unknown) => {
    const name = isConfigObject(job) ? job.name : undefined;
    return { name: typeof name === "string" ? name : "unnamed", texts: textsIn(job) };
  });
}

/** The agent databases that OpenClaw has registered, by agent; finds agent directories that no readable config names. */
export function registeredAgents(
  stateDir: Path,
): readonly { readonly agentId: string; readonly agentDir: Path }[] {
  const sql = `SELECT agent_id, path FROM agent_databases ORDER BY agent_id, path LIMIT ${MAX_ROWS}`;
  return rows(stateDir, sql).map((row) => ({
    agentId: normalizeAgentId(String(row.agent_id)),
    // Relative to the state directory unless the agent's directory lies outside.
    agentDir: posix.dirname(posix.resolve(stateDir, String(row.path))),
  }));
}

function rows(stateDir: Path, sql: string): ReturnType<typeof queryDatabase> {
  const path = globalDatabasePath(stateDir);
  // Only ever a help: a database that is locked, damaged or of another version must not stop the search.
  return attempt(() => (isOpenable(path) ? queryDatabase(path, sql) : [])) ?? [];
}

/** SQLite removes the log of a database of 0 bytes when it opens it, and with the log perhaps all that is left. */
function isOpenable(path: Path): boolean {
  const real = realPath(path);
  const stat = real === undefined ? undefined : statPath(real);
  return stat?.type === "file" && stat.sizeBytes > 0;
}

function parsed(text: string): unknown {
  return attempt(() => parseConfigText(text));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Every text below a value, at most 1,000. */
function textsIn(value: unknown): readonly string[] {
  const texts: string[] = [];
  const pending = [value];
  while (pending.length > 0 && texts.length < 1000) {
    const next = pending.pop();
    if (typeof next === "string") texts.push(next);
    else if (typeof next === "object" && next !== null) pending.push(...Object.values(next));
  }
  return texts;
}
