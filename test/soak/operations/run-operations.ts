import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Minio } from "../../helpers/minio.ts";
import { type Random, seededRandom } from "../../helpers/random.ts";
import type { ResticRepository } from "../../helpers/restic.ts";
import { type TempDir, tempDir } from "../../helpers/temp-dir.ts";
import type { KilledWork } from "./client-process.ts";
import { runDoomed } from "./doomed.ts";
import { firstDifference, type Recorded } from "./installation.ts";
import { makeRepository } from "./place.ts";
import { type Client, listIds, makeClient, restoreElsewhere } from "./repository.ts";
import { type ClientOptions, doWork, openClient, type Work } from "./work.ts";

const HOUR_MS = 3_600_000;
const MAX_LIVE = 20;
/** Longer than a tick of the coarsest clock that dates files. */
const TICK_MS = 20;

export interface OperationsOptions {
  readonly steps: number;
  readonly seed: number;
  /** Keeps the repository in a bucket there. @default in a directory */
  readonly minio?: Minio | undefined;
  readonly onStep?: ((number: number, what: string) => void) | undefined;
}

export interface OperationsResult {
  readonly seed: number;
  readonly steps: number;
  /** How often each kind of step was made. */
  readonly made: Readonly<Record<string, number>>;
  readonly killed: number;
  /** Snapshots that were there at the end, each restored and compared. */
  readonly compared: number;
  readonly seconds: number;
}

/**
 * Two clients with installations and homes of their own change files, and take, forget, check, prune and restore snapshots of one
 * repository, at random, alone and at once, sometimes killed in the middle. In the end the real restic must find it sound, and every
 * snapshot that is there must be what was recorded when it was taken.
 * @throws Error that names the step and the seed
 */
export async function runOperations(options: OperationsOptions): Promise<OperationsResult> {
  await using base = await tempDir();
  const run = await OperationsRun.begin(base, options);
  const started = performance.now();
  for (let number = 1; number <= options.steps; number++) {
    await explained(options, `step ${number}`, run, async () => {
      await run.step();
      options.onStep?.(number, run.last);
    });
  }
  await explained(options, "the end", run, () => run.finish());
  const { made, killed, compared } = run;
  const seconds = (performance.now() - started) / 1000;
  return { seed: options.seed, steps: options.steps, made, killed, compared, seconds };
}

async function explained(
  { seed }: OperationsOptions,
  where: string,
  run: OperationsRun,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${where} (${run.last}): ${reason}; again with SOAK_SEED=${seed}`;
    throw new Error(message, { cause });
  }
}

class OperationsRun {
  readonly made: Record<string, number> = {};
  killed = 0;
  compared = 0;
  /** What the last step did. */
  last = "";
  readonly #base: TempDir;
  readonly #random: Random;
  readonly #restic: ResticRepository;
  readonly #clients: readonly Client[];
  /** What each snapshot must give back. */
  readonly #recorded = new Map<string, Recorded>();
  #aheadMs = 0;
  #restores = 0;

  private constructor(
    base: TempDir,
    random: Random,
    restic: ResticRepository,
    clients: readonly Client[],
  ) {
    this.#base = base;
    this.#random = random;
    this.#restic = restic;
    this.#clients = clients;
  }

  static async begin(base: TempDir, { seed, minio }: OperationsOptions): Promise<OperationsRun> {
    const place = await makeRepository(base, minio);
    const names = ["anna", "bert"];
    const clients = await Promise.all(names.map((name) => makeClient(base, place, name)));
    return new OperationsRun(base, seededRandom(seed), place.restic, clients);
  }

  async step(): Promise<void> {
    this.#aheadMs += this.#random.below(2 * HOUR_MS);
    const [client = this.#clients[0], other] = this.#shuffled();
    const dice = this.#random.below(100);
    if (dice < 45) this.#change(client as Client);
    else if (dice < 75) await this.#alone(client as Client);
    else if (dice < 85) await this.#killedOne(client as Client);
    else if (dice < 93) await this.#atOnce(client as Client, other as Client);
    else await this.#compareOne(client as Client);
  }

  /** Sound by restic's word, and every snapshot what was recorded. */
  async finish(): Promise<void> {
    const [client] = this.#clients as [Client];
    this.last = "the last comparison";
    await this.#reconcile();
    for (const id of this.#recorded.keys()) await this.#compare(client, id);
    // Two days later what was marked may go.
    for (let day = 0; day < 2; day++) {
      this.#aheadMs += 48 * HOUR_MS;
      await this.#do(client, { type: "prune" });
    }
    await this.#do(client, { type: "check", readData: true });
    this.last = "restic check";
    this.#restic.run(["check", "--read-data"]);
    const snapshots = this.#restic.json<unknown[]>(["snapshots", "--json"]);
    if (snapshots.length !== this.#recorded.size) {
      throw new Error(`restic lists ${snapshots.length} snapshots, not ${this.#recorded.size}`);
    }
  }

  #shuffled(): Client[] {
    return this.#random.below(2) === 0 ? [...this.#clients] : [...this.#clients].reverse();
  }

  #note(kind: string, what: string): void {
    this.made[kind] = (this.made[kind] ?? 0) + 1;
    this.last = what;
  }

  #options({ userHome }: Client): ClientOptions {
    return { userHome, aheadMs: this.#aheadMs };
  }

  #change({ name, installation }: Client): void {
    this.#note("change", name);
    this.last = `${name}: ${installation.change(this.#random)}`;
  }

  #chooseWork(): Work {
    const id = this.#random.pick([...this.#recorded.keys()]);
    if (this.#recorded.size > MAX_LIVE && id !== undefined) return { type: "forget", id };
    const dice = this.#random.below(10);
    if (dice < 5 || id === undefined) return { type: "snapshot" };
    if (dice < 7) return { type: "forget", id };
    return dice < 9 ? { type: "prune" } : { type: "check", readData: this.#random.below(3) === 0 };
  }

  async #alone(client: Client): Promise<void> {
    const work = this.#chooseWork();
    this.#note(work.type, `${client.name}: ${describe(work)}`);
    await this.#do(client, work);
  }

  /** Without a process of its own. */
  async #do(client: Client, work: Work): Promise<void> {
    await using app = await openClient(this.#options(client));
    const before = work.type === "snapshot" ? client.installation.record() : undefined;
    const id = await doWork(app, work);
    if (id !== undefined && before !== undefined) this.#recorded.set(id, before);
    if (work.type === "forget") this.#recorded.delete(work.id);
    await sleep(TICK_MS);
  }

  async #killedOne(client: Client): Promise<void> {
    const work = this.#chooseWork();
    this.#note("kill", `${client.name}, to be killed: ${describe(work)}`);
    await this.#doDoomed(client, work);
    await this.#reconcile();
  }

  async #atOnce(one: Client, other: Client): Promise<void> {
    const [first, second] = [this.#chooseWork(), this.#chooseWork()];
    this.#note(
      "at once",
      `${one.name}, to be killed: ${describe(first)}; at once ${other.name}: ${describe(second)}`,
    );
    await Promise.all([this.#doDoomed(one, first), this.#do(other, second)]);
    await this.#reconcile();
  }

  /** In a process that dies by SIGKILL, if it changes the storage that often. */
  async #doDoomed(client: Client, work: Work): Promise<void> {
    const killAt = 1 + this.#random.below(10);
    const delayMs = this.#random.below(2) === 0 ? 0 : 1 + this.#random.below(40);
    const order: KilledWork = { ...this.#options(client), work, killAt, delayMs };
    this.last += ` (at change ${killAt}, after ${delayMs} ms)`;
    const before = client.installation.record();
    if (await runDoomed(order)) this.killed += 1;
    if (work.type === "snapshot") await this.#adopt(client, before);
    await sleep(TICK_MS);
  }

  /** A snapshot of the client that is there and not recorded was finished before its process died. */
  async #adopt(client: Client, recorded: Recorded): Promise<void> {
    const own = await this.#idsOf(client);
    for (const id of own.filter((each) => !this.#recorded.has(each))) {
      this.#recorded.set(id, recorded);
    }
  }

  async #idsOf(client: Client): Promise<string[]> {
    const stateDir = client.installation.stateDir;
    const snapshots = this.#restic.json<{ id: string; paths: string[] }[]>(["snapshots", "--json"]);
    const own = new Set(
      snapshots.filter(({ paths }) => paths.includes(stateDir)).map(({ id }) => id),
    );
    const ids = await listIds(this.#options(client));
    return ids.filter((id) => [...own].some((each) => each.startsWith(id)));
  }

  /** What is there is what was recorded: nothing more, and less only where forgetting was begun. */
  async #reconcile(): Promise<void> {
    const [client] = this.#clients as [Client];
    const ids = await listIds(this.#options(client));
    const unknown = ids.filter((id) => !this.#recorded.has(id));
    if (unknown.length > 0) throw new Error(`snapshots that nobody took: ${unknown.join(", ")}`);
    const gone = [...this.#recorded.keys()].filter((id) => !ids.includes(id));
    const isForgotten = (id: string): boolean => this.last.includes(`forget ${id}`);
    const lost = gone.filter((id) => !isForgotten(id));
    if (lost.length > 0) throw new Error(`snapshots are lost: ${lost.join(", ")}`);
    for (const id of gone) this.#recorded.delete(id);
  }

  async #compareOne(client: Client): Promise<void> {
    const id = this.#random.pick([...this.#recorded.keys()]);
    this.#note("restore", `${client.name}: restore ${id}`);
    if (id !== undefined) await this.#compare(client, id);
  }

  async #compare(client: Client, id: string): Promise<void> {
    const target = this.#base.join(`restored-${this.#restores++}`);
    const found = await restoreElsewhere(this.#options(client), id, target);
    rmSync(target, { recursive: true });
    const expected = this.#recorded.get(id);
    const difference = firstDifference(found, expected);
    if (difference !== undefined) throw new Error(`snapshot ${id} holds ${difference}`);
    this.compared += 1;
  }
}

function describe(work: Work): string {
  return work.type === "forget" ? `forget ${work.id}` : work.type;
}
