import { joinPath } from "../path.ts";
import type { Path } from "../types.ts";
import type { Move, Step } from "./types.ts";

/** What stands at a name and what shall stand there change places; what stood there is kept. */
export interface Exchange {
  readonly live: Path;
  /** Whether something stands at `live` to be kept. */
  readonly exists: boolean;
  /** Takes the place of `live`; absent when the name shall be free. */
  readonly incoming?: Path | undefined;
  /** A name that nothing else ever bears. */
  readonly kept: Path;
  /** Paths below `live` that stay where they are: moved over into `incoming`, in which their parents are and they are not. */
  readonly carried: readonly Path[];
}

/**
 * Turns exchanges into steps. The names of one group are freed together, then filled together, so a group's exchanges must not
 * depend on one another; groups follow one another. A tree's name is free between the two, never half filled.
 */
export function stepsOf(groups: readonly (readonly Exchange[])[]): Step[] {
  return groups.flatMap((group) => [keep(group), carry(group), place(group)]).filter(isNotEmpty);
}

function keep(group: readonly Exchange[]): Step {
  return group
    .filter(({ exists }) => exists)
    .map(({ live, kept }) => ({ from: live, to: kept, unique: "to", mayBeMissing: true }));
}

function carry(group: readonly Exchange[]): Step {
  return group.flatMap(({ incoming, kept, carried }) =>
    incoming === undefined
      ? []
      : carried.map(
          (path): Move => ({
            from: joinPath(kept, path),
            to: joinPath(incoming, path),
            unique: "from",
            mayBeMissing: true,
            keepsTimes: true,
          }),
        ),
  );
}

function place(group: readonly Exchange[]): Step {
  return group.flatMap(({ live, incoming }) =>
    incoming === undefined ? [] : [{ from: incoming, to: live, unique: "from" }],
  );
}

const isNotEmpty = (step: Step): boolean => step.length > 0;
