import { statPath } from "../stat.ts";
import type { Path } from "../types.ts";
import type { AdjustedFacts, Adjustment, FileOperations, Journal } from "./types.ts";

/** Whether any of them was made, wholly or in part. */
export function hasAdjusted({ adjustments = [] }: Journal): boolean {
  return adjustments.some((one) => {
    const facts = factsBetween(one);
    return facts !== undefined && !isEqual(facts, one.from);
  });
}

/** Makes them, or takes them back. What has neither the facts from before nor those from after is somebody else's by now, and stays. */
export function adjust(
  { adjustments = [] }: Journal,
  direction: "from" | "to",
  operations: FileOperations,
): void {
  for (const one of adjustments) {
    const facts = factsBetween(one);
    const { mode, mtimeNs } = one[direction];
    if (facts === undefined || isEqual(facts, one[direction])) continue;
    const time = mtimeNs === undefined ? {} : { mtimeNs: BigInt(mtimeNs) };
    operations.setFacts(one.path, { mode, ...time });
  }
}

/** The facts as they are, when each is the old one or the new one: setting both is no single step. */
function factsBetween({ path, from, to }: Adjustment): AdjustedFacts | undefined {
  const facts = factsOf(path);
  if (facts === undefined) return undefined;
  const isMode = facts.mode === from.mode || facts.mode === to.mode;
  const isTime = isSameTime(facts, from) || isSameTime(facts, to);
  return isMode && isTime ? facts : undefined;
}

function factsOf(path: Path): AdjustedFacts | undefined {
  const stat = statPath(path);
  if (stat?.type !== "file" && stat?.type !== "dir") return undefined;
  return { mode: stat.mode, mtimeNs: String(stat.mtimeNs) };
}

function isEqual(a: AdjustedFacts, b: AdjustedFacts): boolean {
  return a.mode === b.mode && isSameTime(a, b);
}

/** Times can be set to the microsecond only. */
function isSameTime(a: AdjustedFacts, b: AdjustedFacts): boolean {
  if (a.mtimeNs === undefined || b.mtimeNs === undefined) return true;
  return BigInt(a.mtimeNs) / 1000n === BigInt(b.mtimeNs) / 1000n;
}
