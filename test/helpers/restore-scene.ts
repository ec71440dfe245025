import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { openRepository } from "../../lib/repository/index.ts";
import { type RollbackChoice, recoverInterrupted } from "../../lib/restore/index.ts";
import { openDirectoryStorage } from "../../lib/storage/index.ts";
import { initTestRepository, testRepositoryOptions } from "./repository.ts";
import {
  contentOf,
  type Machine,
  type MachineOptions,
  machine,
  makeDatabase,
} from "./restore-machine.ts";
import type { RestoreOrder } from "./restore-order.ts";
import { snapshotFacts, storeTree } from "./snapshots.ts";
import { dir, file, tree, writeTree } from "./tree.ts";

/** A machine whose state has changed since its backup, and what is needed to bring it back again and again. */
export interface Scene extends AsyncDisposable {
  readonly box: Machine;
  readonly order: RestoreOrder;
  /** From here on, `reset` comes back to what is there now. */
  keep(): void;
  reset(): void;
}

/** In memory where there is such a place: these tests flush thousands of times. */
const FAST = existsSync("/dev/shm") ? "/dev/shm" : undefined;

/** Noise where the steps of the swap alone are interrupted, or whose pieces are files: two blobs. */
export const FEW_BYTES = 150_000;

/** The state directory, with a database and something to carry over, and a workspace outside of it. */
export async function scene(
  options: MachineOptions & {
    readonly asSnapshot?: boolean;
    /** Of a file that does not compress. @default enough for an archive of several pieces, with files written between them */
    readonly noiseBytes?: number;
  } = {},
): Promise<Scene> {
  const box = await machine({ parent: FAST, ...options });
  const state = box.stateDir;
  writeTree(state, tree({ npm: dir({ "a.js": file("npm") }), tmp: dir({ x: file("tmp") }) }));
  mkdirSync(`${state}/state`);
  makeDatabase(`${state}/state/openclaw.sqlite`);
  writeFileSync(`${state}/workspace/noise`, randomBytes(options.noiseBytes ?? 1_500_000));
  const work = box.join("user/work");
  writeTree(work, tree({ "w.md": file("old work") }));
  const roots = [
    { kind: "state", path: state },
    { kind: "workspace", path: work },
  ] as const;
  const source = await box.backUp({ installation: { roots } });
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.open()) chunks.push(chunk);
  writeFileSync(box.join("archive.tar.gz"), Buffer.concat(chunks));
  writeFileSync(box.join("list.gz"), (await source.fileList()) ?? "");
  const snapshot = options.asSnapshot === true ? await storeSnapshot(box, roots) : undefined;
  writeFileSync(`${work}/w.md`, "newer work");
  for (const name of ["a", "b", "c"]) {
    writeFileSync(`${state}/workspace/notes/${name}.md`, `newer ${name}`);
  }
  rmSync(`${state}/skills`, { recursive: true });
  writeFileSync(`${state}/state/openclaw.sqlite-wal`, "");
  keep(box);
  const order: Scene["order"] = {
    home: box.home,
    stateDir: state,
    archive: box.join("archive.tar.gz"),
    list: box.join("list.gz"),
    ...(snapshot === undefined ? {} : { snapshot }),
    roots,
    options: {},
  };
  return {
    box,
    order,
    keep: () => keep(box),
    reset: () => putBack(box),
    [Symbol.asyncDispose]: () => box[Symbol.asyncDispose](),
  };
}

/** A scene in which an agent broke its own files, and where it goes back to: files, links, directories and modes of all kinds. */
export async function rollbackScene(
  choice: RollbackChoice,
  breakMore: (box: Machine) => void = () => undefined,
): Promise<Scene> {
  const stage = await scene({ asSnapshot: true, noiseBytes: FEW_BYTES });
  const { box, order } = stage;
  const at = (path: string) => `${box.stateDir}/workspace/${path}`;
  writeTree(at(""), tree({ extra: dir({ "x.md": file("x"), empty: dir() }), hollow: dir() }));
  chmodSync(at("USER.md"), 0o666);
  chmodSync(at("notes"), 0o777);
  rmSync(at("latest"));
  writeTree(at(""), tree({ latest: dir({ inside: file("i") }) }));
  breakMore(box);
  const { path, facts } = order.snapshot as NonNullable<RestoreOrder["snapshot"]>;
  const storage = await openDirectoryStorage({ path });
  const repository = await openRepository(testRepositoryOptions({ storage }));
  const { snapshot } = await storeTree(
    repository,
    order.roots.map((root) => root.path),
  );
  const databases = [{ path: `${box.stateDir}/state/openclaw.sqlite` }];
  const known = { ...facts, databases };
  const rollback = { choice, now: { tree: snapshot.tree, facts: known } };
  const before = { ...(order.snapshot as NonNullable<RestoreOrder["snapshot"]>), facts: known };
  stage.keep();
  return { ...stage, order: { ...order, snapshot: before, rollback } };
}

async function storeSnapshot(
  box: Machine,
  roots: RestoreOrder["roots"],
): Promise<NonNullable<RestoreOrder["snapshot"]>> {
  const path = box.join("repository");
  const storage = await openDirectoryStorage({ path, create: true });
  const repository = await initTestRepository({ storage });
  const paths = roots.map((root) => root.path);
  const { snapshot } = await storeTree(repository, paths);
  const assets = roots.map((root) => ({ kind: root.kind, sourcePath: root.path }));
  const plain = snapshotFacts(box.stateDir);
  const scope = {
    ...plain.scope,
    roots: roots.map((root) => ({ ...root, excluded: [], included: [], forced: [] })),
  };
  return { path, tree: snapshot.tree, facts: { ...plain, assets, scope } };
}

function keep(box: Machine): void {
  rmSync(box.join("kept"), { recursive: true, force: true });
  mkdirSync(box.join("kept"));
  execFileSync("cp", ["-a", box.join("user"), box.home, box.join("kept")]);
  removeLocks(box.join("kept/home/restore"));
}

/** A copy of a running process's locks would still look held. */
function removeLocks(directory: string): void {
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    if (name.startsWith("lock.")) rmSync(`${directory}/${name}`);
  }
}

/** The state directory is emptied and filled, not replaced: it may be a mounted filesystem. */
function putBack(box: Machine): void {
  for (const directory of [box.join("user"), box.stateDir]) {
    for (const name of existsSync(directory) ? readdirSync(directory) : []) {
      const path = `${directory}/${name}`;
      if (path !== box.stateDir) rmSync(path, { recursive: true });
    }
  }
  rmSync(box.home, { recursive: true });
  execFileSync("cp", ["-a", box.join("kept/user"), box.join("kept/home"), box.base.path]);
}

/** What the user's directory was and will be, and what the recoveries made of the interruptions so far. */
export class Outcomes {
  readonly #box: Machine;
  readonly #old: unknown;
  readonly #fresh: unknown;
  readonly said: Set<string> = new Set();
  readonly results: ("old" | "new")[] = [];

  constructor(box: Machine, old: unknown, fresh: unknown) {
    expect(fresh).not.toEqual(old);
    this.#box = box;
    this.#old = old;
    this.#fresh = fresh;
  }

  /** Recovers, and makes sure that all is old or all is new, with nothing left over. */
  async settle(name: string): Promise<void> {
    for (const sentence of await recoverInterrupted(this.#box.home)) this.said.add(sentence);
    expect(await recoverInterrupted(this.#box.home)).toEqual([]);
    const now = contentOf(this.#box.join("user"));
    const result = isDeepStrictEqual(now, this.#old) ? "old" : "new";
    expect(now, name).toEqual(result === "old" ? this.#old : this.#fresh);
    const restore = `${this.#box.home}/restore`;
    const left = (existsSync(restore) ? readdirSync(restore) : []).filter(
      (entry) => !/^(pre-restore-|rollback-|lock\.)/.test(entry),
    );
    expect(left, name).toEqual([]);
    this.results.push(result);
  }

  /** Once new, always new, and both occur. */
  expectOneTurn(): void {
    expect(this.results).toContain("old");
    expect(this.results.indexOf("new")).toBe(this.results.lastIndexOf("old") + 1);
  }
}
