import { type BackupError, HOUR_MS, toBackupError } from "../base/index.ts";
import type { Backup, BackupList } from "../catalog/index.ts";
import { listPreRestore } from "../restore/index.ts";
import type { Run } from "../runs/index.ts";
import type { AppContext } from "./context.ts";
import { estimateStorages, type StorageCost } from "./cost/index.ts";
import { type PasswordSafety, readPasswordSafety } from "./password-safety.ts";
import { readCatalog } from "./reading/index.ts";
import { withConfiguredPassword } from "./repositories/index.ts";
import { targetStateDir } from "./restore.ts";
import {
  findStaleness,
  type HealthFacts,
  type Holdings,
  type JobStatus,
  lastOfEach,
  limitsOf,
  listRuns,
  measureHoldings,
  measureRecovery,
  type Recovery,
  readInstalledJobs,
  shownJobs,
  type WaitingNotice,
  waitingNotices,
} from "./schedule/index.ts";
import type { OpenStorage } from "./storages.ts";

export interface StorageStatus {
  readonly id: string;
  readonly location: string;
  readonly backups: number;
  readonly storedBytes: number;
  readonly newest?: Backup | undefined;
  /** Of an off-site repository: whether its password would survive this machine. */
  readonly repositoryPassword?: PasswordSafety | undefined;
  /** Why it could not be read. */
  readonly problem?: string | undefined;
}

export interface StatusReport {
  readonly instance: string;
  readonly home: string;
  readonly storages: readonly StorageStatus[];
  readonly newest?: Backup | undefined;
  readonly newestVerified?: Backup | undefined;
  readonly preRestore: readonly { readonly path: string; readonly bytes: number }[];
  readonly recovery: Recovery;
  readonly holdings: Holdings;
  readonly jobs: readonly JobStatus[];
  /** Of each storage whose prices are known. */
  readonly costs: readonly StorageCost[];
  /** Nothing in `problems`: a monitor may ask this alone. */
  readonly healthy: boolean;
  /** What makes this installation unsafe. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** More than a month of what runs every half hour. */
const RECENT_RUNS = 2000;

/** How old the newest and the newest verified backup are, where they lie, and what needs care. Reads only. */
export async function readStatus(given: AppContext): Promise<StatusReport> {
  const { app, problem: noPassword } = await withConfiguredPassword(given);
  const { home, instance } = app.settings;
  const list = await readCatalog(app);
  const { backups } = list;
  const stateDir = await targetStateDir(app);
  const preRestore = listPreRestore({ home, stateDir, measure: true });
  const safety = await readSafety(app, list);
  const storages = (await describeStorages(app, list)).map((place) => {
    return { ...place, repositoryPassword: safety.byStorage.get(place.id) };
  });
  const runs = listRuns(app, { limit: RECENT_RUNS });
  const { costs, problem: noCosts } = readCosts(app, backups);
  const facts: HealthFacts = { now: app.clock.now(), list, runs, limits: limitsOf(app) };
  const problems = [
    ...(noPassword === undefined ? [] : [`jobs will fail: ${describe(noPassword)}`]),
    ...storages.flatMap(({ id, problem }) =>
      problem === undefined ? [] : [`storage ${id} cannot be read: ${problem}`],
    ),
    ...(storages.length === 0 ? ["nothing is backed up: no storage is configured"] : []),
    ...(storages.length === 0 ? [] : findStaleness(facts)),
    ...safety.warnings
      .filter((text) => text.includes(UNSAFE))
      .map((text) => text.replace(UNSAFE, "")),
  ];
  return {
    instance,
    home,
    storages,
    newest: backups[0],
    newestVerified: backups.find((backup) => backup.verifiedAt !== undefined),
    preRestore: preRestore.map((state) => ({
      path: state.paths.join(", "),
      bytes: state.sizeBytes ?? 0,
    })),
    recovery: measureRecovery(facts),
    holdings: measureHoldings(facts),
    jobs: jobsOf(app, runs),
    costs,
    healthy: problems.length === 0,
    problems,
    warnings: [
      ...waitingNotices(app).map(describeWaiting),
      ...lastOfEach(runs).flatMap(describeIncomplete),
      ...warnings(app, list),
      ...safety.warnings,
      ...noCosts,
    ],
  };
}

/** An estimate is never in the way of what matters. */
function readCosts(
  app: AppContext,
  backups: readonly Backup[],
): { readonly costs: readonly StorageCost[]; readonly problem: readonly string[] } {
  try {
    return { costs: estimateStorages(app, backups), problem: [] };
  } catch (error) {
    return { costs: [], problem: [`costs are not known: ${describe(toBackupError(error))}`] };
  }
}

/** Every job that ran or that a timer of ours starts. The time of the next is that of the settings. */
function jobsOf(app: AppContext, runs: readonly Run[]): JobStatus[] {
  const installed = new Set(readInstalledJobs(app));
  const last = new Map(lastOfEach(runs).map((run) => [run.job, run]));
  const next = new Map(shownJobs(app).map((shown) => [shown.job as string, shown.next]));
  return [...new Set([...installed, ...last.keys()])].map((job) => ({
    job,
    last: last.get(job),
    next: installed.has(job) ? next.get(job) : undefined,
  }));
}

/** A job that came to its end, and not to all that it was for. */
function describeIncomplete({ job, result, error }: Run): string[] {
  if (result !== "incomplete" || error === undefined) return [];
  const hint = error.hint === undefined ? "" : `; ${error.hint}`;
  return [`job ${job}: ${error.message}${hint}`];
}

function describeWaiting({
  channel,
  notice,
  since,
  lastError = "it was not tried",
}: WaitingNotice) {
  return `a notice of ${since} (${notice.event}) has not reached ${channel} yet: ${lastError}`;
}

async function describeStorages(
  { storages }: AppContext,
  { backups, problems, unread }: BackupList,
): Promise<StorageStatus[]> {
  const failures = new Map(
    problems
      .filter(({ storage }) => unread.includes(storage))
      .map(({ storage, error }) => [storage, describe(error)]),
  );
  const { opened, problems: unopened } = await storages.openAll();
  const found = opened.map(({ id, storage }): StorageStatus => {
    const own = backups.filter((backup) => backup.storage === id);
    const storedBytes = own.reduce((sum, backup) => sum + backup.storedBytes, 0);
    const facts = { id, location: storage.location, backups: own.length, storedBytes };
    return { ...facts, newest: own[0], problem: failures.get(id) };
  });
  const closed = unopened.map(({ storage: id, error }) => {
    return { id, location: "", backups: 0, storedBytes: 0, problem: describe(error) };
  });
  return [...found, ...closed];
}

/** In the text of a warning that is a problem, too. */
const UNSAFE = "UNHEALTHY: ";

interface SafetyOfPasswords {
  readonly byStorage: ReadonlyMap<string, PasswordSafety>;
  readonly warnings: readonly string[];
}

/** Off-site snapshots that nobody could read once this machine is gone. */
async function readSafety(app: AppContext, list: BackupList): Promise<SafetyOfPasswords> {
  const { opened } = await app.storages.openAll();
  const byStorage = new Map<string, PasswordSafety>();
  const warnings: string[] = [];
  for (const place of opened) {
    if (place.settings.type === "directory" || list.unread.includes(place.id)) continue;
    try {
      const safety = await readPasswordSafety(app, place, app.settings.instance);
      if (safety === undefined) continue;
      byStorage.set(place.id, safety);
      warnings.push(...safetyWarnings(place, safety));
    } catch (error) {
      const problem = describe(toBackupError(error));
      warnings.push(`storage ${place.id}: its password's safety is not known: ${problem}`);
    }
  }
  return { byStorage, warnings };
}

function safetyWarnings({ id }: OpenStorage, { state, problems, hint }: PasswordSafety): string[] {
  const unsafe =
    state === "only-here"
      ? [
          `storage ${id}: ${UNSAFE}nothing proves that the password of its snapshots exists elsewhere than on this machine; without it they are lost: ${hint}`,
        ]
      : [];
  return [...unsafe, ...problems.map((problem) => `storage ${id}: ${problem}`)];
}

function describe({ message, hint }: BackupError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

/** Clocks that differ a little are no reason to worry. */
function isAhead({ createdAt }: Backup, now: Date): boolean {
  return new Date(createdAt).getTime() > now.getTime() + HOUR_MS;
}

function warnings({ settings, clock }: AppContext, list: BackupList): string[] {
  const { storages, excludeProblem, isConfigured } = settings;
  if (storages.length === 0) {
    const first = isConfigured ? "clawback storage add" : "clawback init";
    return [`no storage is configured, so nothing is backed up: begin with ${first}`];
  }
  const found: string[] = [];
  if (excludeProblem !== undefined) found.push(`create will fail: ${describe(excludeProblem)}`);
  const readable = storages.filter((entry) => entry.type === "s3" && entry.plaintext);
  for (const entry of readable)
    found.push(`storage ${entry.id} may hold archives without encryption (--plaintext)`);
  if (storages.every((entry) => entry.type === "directory")) {
    found.push(
      "every storage is a directory: backups on this disk are lost with it; see clawback storage add",
    );
  }
  const [newest] = list.backups;
  if (newest !== undefined && isAhead(newest, clock.now())) {
    found.push(
      `the newest backup, ${newest.id}, is dated in the future: a machine's clock was or is wrong, and until then latest means that one`,
    );
  }
  if (newest?.degraded === true) found.push(`the newest backup, ${newest.id}, is degraded`);
  const ofBackups = list.problems.filter(({ storage }) => !list.unread.includes(storage));
  return [
    ...found,
    ...ofBackups.map(({ storage, error }) => `storage ${storage}: ${describe(error)}`),
  ];
}
