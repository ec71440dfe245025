import { dirname } from "node:path";
import { BackupError, quote, systemCode } from "../../base/index.ts";
import { unwritable } from "../failures.ts";
import { pathExists, statPath } from "../stat.ts";
import type { Path } from "../types.ts";
import { adjust, hasAdjusted } from "./adjustments.ts";
import type { FileOperations, Journal, Move, Step } from "./types.ts";

/** How often something may stand in the way again before a move is given up: a supervisor that restarts its program in a loop. */
const MAX_IN_THE_WAY = 20;

/**
 * Where a move stands, read from the disk. `lost`: neither done nor possible.
 *
 * Holds while every earlier step is done, and every later one either untouched or done wholly: that is how steps are run, forward and
 * back. The parent of a unique `from` outlives the journal, so its absence shows that somebody removed the stage.
 */
export function stateOf(move: Move): "pending" | "done" | "lost" {
  if (move.unique === "to") {
    if (pathExists(move.to)) return "done";
    return pathExists(move.from) ? "pending" : "lost";
  }
  if (pathExists(move.from)) return "pending";
  return pathExists(dirname(move.from)) ? "done" : "lost";
}

/** Whether anything of the journal has been done, so that the live trees are no longer what they were. */
export function hasBegun(journal: Journal): boolean {
  return (
    journal.steps.some((step) => step.some((move) => stateOf(move) === "done")) ||
    hasAdjusted(journal)
  );
}

/** Carries out a journal's steps, in either direction; what is done already is passed over, so every call may be repeated. */
export class Mover {
  readonly #operations: FileOperations;
  readonly #journal: Journal;
  /** Where things were put that stood in the way. */
  readonly appeared: Path[] = [];

  constructor(journal: Journal, operations: FileOperations) {
    this.#journal = journal;
    this.#operations = operations;
  }

  /** @throws BackupError `path-not-found` when something needed is gone, and what `unwritable` gives. */
  forward(): void {
    this.#makeDirectories();
    adjust(this.#journal, "to", this.#operations);
    for (const step of this.#journal.steps) {
      for (const move of step) this.#perform(move);
      this.#sync(step);
    }
  }

  backward(): void {
    for (const step of this.#journal.steps.toReversed()) {
      for (const move of step.toReversed()) this.#revert(move);
      this.#sync(step);
    }
    adjust(this.#journal, "from", this.#operations);
  }

  #perform(move: Move): void {
    const state = stateOf(move);
    if (state === "pending") this.#move(move, move.from, move.to);
    else if (state === "lost" && move.mayBeMissing !== true) throw lost(move);
  }

  #revert(move: Move): void {
    if (stateOf(move) === "done" && pathExists(move.to)) this.#move(move, move.to, move.from);
  }

  #move({ keepsTimes }: Move, from: Path, to: Path): void {
    const parents = keepsTimes === true ? [dirname(from), dirname(to)] : [];
    const times = parents.map((path) => ({ path, mtimeNs: statPath(path)?.mtimeNs }));
    this.#rename(from, to);
    for (const { path, mtimeNs } of times) {
      if (mtimeNs !== undefined) this.#operations.setModifiedTime(path, mtimeNs);
    }
  }

  /** Renames to a free name: what stands there was put there by somebody else, and is moved aside. */
  #rename(from: Path, to: Path): void {
    for (let attempt = 1; ; attempt++) {
      try {
        if (pathExists(to)) this.#setAside(to);
        this.#operations.rename(from, to);
        return;
      } catch (error) {
        const code = systemCode(error);
        const isInTheWay = code === "ENOTEMPTY" || code === "EEXIST";
        if (!isInTheWay || attempt === MAX_IN_THE_WAY) throw unwritable(to, error);
      }
    }
  }

  #setAside(path: Path): void {
    const name = `${path}.appeared-${this.#journal.stamp}`;
    let aside = name;
    for (let n = 2; pathExists(aside); n++) aside = `${name}-${n}`;
    this.#operations.rename(path, aside);
    this.appeared.push(aside);
  }

  #sync(step: Step): void {
    const parents = step.flatMap(({ from, to }) => [dirname(to), dirname(from)]);
    for (const parent of new Set(parents)) {
      if (pathExists(parent)) this.#operations.fsyncDirectory(parent);
    }
  }

  #makeDirectories(): void {
    const parents = new Set<Path>();
    for (const directory of this.#journal.directories) {
      const { path } = directory;
      if (pathExists(path)) continue;
      try {
        this.#operations.makeDirectory(directory);
      } catch (error) {
        throw unwritable(path, error);
      }
      parents.add(dirname(path));
    }
    for (const parent of parents) this.#operations.fsyncDirectory(parent);
  }
}

function lost(move: Move): BackupError {
  return new BackupError("path-not-found", `${quote(move.from)} is gone, expected to move it`, {
    details: { path: move.from },
  });
}
