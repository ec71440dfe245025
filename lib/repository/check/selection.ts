import { BackupError, parseSize, quote } from "../../base/index.ts";
import type { Id } from "../types.ts";

/** How much of the data is read. */
export type DataSelection =
  | { readonly type: "all" }
  /** Of the packs, by chance. */
  | { readonly type: "percent"; readonly percent: number }
  /** By chance, about so many. */
  | { readonly type: "bytes"; readonly bytes: number }
  /** The n-th of t parts (from 1), always the same packs. */
  | { readonly type: "part"; readonly part: number; readonly of: number }
  /** What is due today for everything to be read in so many days. */
  | { readonly type: "share"; readonly days: number };

/** A pack that could be read. */
export interface ReadablePack {
  readonly packId: Id;
  readonly sizeBytes: number;
}

/** Restic tells parts by the first byte of an id. */
const MAX_PARTS = 256;

/**
 * Reads what restic takes for `--read-data-subset`: `10%`, `2/7`, `500M`.
 * @throws BackupError `invalid-argument`
 */
export function parseDataSubset(text: string): DataSelection {
  const parts = /^(\d+)\/(\d+)$/.exec(text);
  if (parts !== null) {
    const [part, of] = [Number(parts[1]), Number(parts[2])];
    if (part >= 1 && part <= of && of <= MAX_PARTS) return { type: "part", part, of };
    throw invalid(text, `the part is 1 to the number of parts, which is at most ${MAX_PARTS}`);
  }
  const share = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (share !== null) {
    const percent = Number(share[1]);
    if (percent > 0 && percent <= 100) return { type: "percent", percent };
    throw invalid(text, "a percentage is above 0 and at most 100");
  }
  const bytes = parseSize(text);
  if (bytes > 0) return { type: "bytes", bytes };
  throw invalid(text, "nothing would be read");
}

/** Chooses packs as restic does; a share is chosen elsewhere. */
export function selectPacks(
  packs: readonly ReadablePack[],
  selection: Exclude<DataSelection, { readonly type: "share" }>,
  random: () => number = Math.random,
): ReadablePack[] {
  switch (selection.type) {
    case "all":
      return [...packs];
    case "part":
      return packs.filter(({ packId }) => isInPart(packId, selection.part, selection.of));
    case "percent":
      return sample(packs, (packs.length * selection.percent) / 100, random);
    case "bytes": {
      const total = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      if (selection.bytes >= total) return [...packs];
      return sample(packs, (packs.length * selection.bytes) / total, random);
    }
  }
}

function isInPart(packId: Id, part: number, of: number): boolean {
  return Number.parseInt(packId.slice(0, 2), 16) % of === part - 1;
}

/** At least one, so that something is read however few there are. */
function sample(packs: readonly ReadablePack[], many: number, random: () => number) {
  const rest = [...packs];
  const chosen: ReadablePack[] = [];
  const wanted = Math.min(packs.length, Math.max(1, Math.floor(many)));
  while (chosen.length < wanted) {
    const at = Math.min(rest.length - 1, Math.floor(random() * rest.length));
    const last = rest.pop() as ReadablePack;
    chosen.push(at === rest.length ? last : (rest[at] as ReadablePack));
    if (at < rest.length) rest[at] = last;
  }
  return chosen;
}

function invalid(text: string, why: string): BackupError {
  return new BackupError("invalid-argument", `${quote(text)} is no part of the data: ${why}`, {
    hint: "write a percentage (10%), the n-th of t parts (2/7) or a size (500M)",
  });
}
