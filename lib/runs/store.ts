import { hostname } from "node:os";
import { type Clock, DAY_MS, isBackupError } from "../base/index.ts";
import { isProcessRunning, pathExists } from "../filesystem/index.ts";
import { queryDatabase, type Row, type SqlValue, type Statement } from "../sqlite/index.ts";
import {
  assertKnownVersion,
  changeRunFile,
  isUnusable,
  moveRunFileAside,
  recoverRunFile,
} from "./run-file.ts";
import type { BeginRun, EndRun, Run, RunFilter, RunResult } from "./types.ts";

/** Older runs are forgotten: more than a year to compare with. */
const KEEP_MS: number = 400 * DAY_MS;
const MAX_RUNS = 100_000;

export interface OpenRunsOptions {
  readonly clock: Clock;
  /** Told in a sentence what kept a run from being recorded or read. */
  readonly onProblem: (text: string) => void;
}

/** The record of runs. Nothing of it ever throws: what goes wrong is told, because no backup may fail for its record. */
export interface RunStore {
  begin(run: BeginRun): Promise<void>;
  end(id: string, outcome: EndRun): Promise<void>;
  /** Newest first. */
  list(filter?: RunFilter): readonly Run[];
}

/** Opens the record in a file, which is made with the first run. One that is damaged is moved aside, and a new one begun. */
export function openRuns(path: string, options: OpenRunsOptions): RunStore {
  const change = (statements: readonly Statement[]) => changeOrTell(path, statements, options);
  return {
    begin: async ({ id, job, trigger, instance, startedAt, host, pid }) => {
      const forgotten = new Date(startedAt.getTime() - KEEP_MS).toISOString();
      await change([
        { sql: "DELETE FROM runs WHERE started_at < ?", parameters: [forgotten] },
        {
          sql: "INSERT INTO runs (id, job, trigger, instance, started_at, host, pid) VALUES (?,?,?,?,?,?,?)",
          parameters: [id, job, trigger, instance, startedAt.toISOString(), host, pid],
        },
      ]);
    },
    end: async (id, { endedAt, durationMs, result, exitCode, ...report }) => {
      await change([
        {
          sql: "UPDATE runs SET ended_at=?, duration_ms=?, result=?, exit_code=?, report=? WHERE id=?",
          parameters: [
            ...[endedAt, Math.round(durationMs), result, exitCode],
            ...[JSON.stringify(report), id],
          ],
        },
      ]);
    },
    list: (filter = {}) => {
      try {
        return readRecovered(path, filter);
      } catch (error) {
        if (!isBackupError(error)) throw error;
        options.onProblem(`the runs of the past cannot be read: ${error.message}`);
        return [];
      }
    },
  };
}

async function changeOrTell(
  path: string,
  statements: readonly Statement[],
  { clock, onProblem }: OpenRunsOptions,
): Promise<void> {
  try {
    await changeRunFile(path, statements);
  } catch (error) {
    if (!isBackupError(error)) throw error;
    if (!isUnusable(error)) return onProblem(`this run is not recorded: ${error.message}`);
    try {
      const aside = moveRunFileAside(path, clock.now());
      onProblem(`${error.message}; it is now ${aside}, and a new record begins`);
      await changeRunFile(path, statements);
    } catch (again) {
      if (!isBackupError(again)) throw again;
      onProblem(`this run is not recorded: ${again.message}`);
    }
  }
}

/** A file that cannot be read only because a write was cut short can be after that is taken back. */
function readRecovered(path: string, filter: RunFilter): Run[] {
  if (!pathExists(path)) return [];
  try {
    return readRuns(path, filter);
  } catch (error) {
    if (!isUnusable(error)) throw error;
    recoverRunFile(path);
    return readRuns(path, filter);
  }
}

function readRuns(path: string, filter: RunFilter): Run[] {
  assertKnownVersion(path);
  const conditions: [string, SqlValue | undefined][] = [
    ["job = ?", filter.job],
    ["instance = ?", filter.instance],
    ["started_at >= ?", filter.since?.toISOString()],
    ["started_at <= ?", filter.until?.toISOString()],
  ];
  const given = conditions.filter((each): each is [string, SqlValue] => each[1] !== undefined);
  const where = given.length === 0 ? "" : `WHERE ${given.map(([sql]) => sql).join(" AND ")}`;
  // How one without an end ended is not in the table.
  const { limit = MAX_RUNS } = filter;
  const atMost = filter.result === undefined ? Math.min(limit, MAX_RUNS) : MAX_RUNS;
  const rows = queryDatabase(
    path,
    `SELECT * FROM runs ${where} ORDER BY started_at DESC, id DESC LIMIT ${atMost}`,
    given.map(([, value]) => value),
  );
  return rows
    .map(toRun)
    .filter(({ result }) => filter.result === undefined || result === filter.result)
    .slice(0, filter.limit);
}

function toRun(row: Row): Run {
  const report = parseReport(row.report ?? null);
  return {
    id: String(row.id),
    job: String(row.job),
    trigger: row.trigger === "schedule" ? "schedule" : "manual",
    instance: String(row.instance),
    startedAt: String(row.started_at),
    ...(row.ended_at === null
      ? {}
      : { endedAt: String(row.ended_at), durationMs: Number(row.duration_ms) }),
    result: resultOf(row),
    ...(row.exit_code === null ? {} : { exitCode: Number(row.exit_code) }),
    ...report,
  };
}

/** A run without an end is under way as long as its process is; of another machine that cannot be told. */
function resultOf({ result, host, pid, started_at: startedAt }: Row): RunResult {
  if (typeof result === "string") return result as RunResult;
  const isHere = host === hostname();
  return !isHere || isProcessRunning(Number(pid), new Date(String(startedAt)))
    ? "running"
    : "interrupted";
}

function parseReport(text: SqlValue): Pick<Run, "facts" | "phases" | "warnings" | "error"> {
  const nothing = { facts: {}, phases: [], warnings: [] };
  if (typeof text !== "string") return nothing;
  try {
    return { ...nothing, ...JSON.parse(text) };
  } catch {
    return nothing;
  }
}
