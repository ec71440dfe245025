import type { Exchange, NewDirectory } from "../../filesystem/index.ts";

/** What changes places, in the order of its groups, and the directories that are needed for it. */
export interface Swap {
  readonly groups: readonly (readonly Exchange[])[];
  /** Parents first. */
  readonly directories: readonly NewDirectory[];
}

/** One after the other. */
export function concatSwaps(swaps: readonly Swap[]): Swap {
  return {
    groups: swaps.flatMap(({ groups }) => groups).filter((group) => group.length > 0),
    directories: swaps.flatMap(({ directories }) => directories),
  };
}
