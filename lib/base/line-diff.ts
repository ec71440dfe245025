/** A line of a comparison: in both, only in the first, only in the second. */
export interface DiffLine {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** More differing lines than this are not matched with one another: the time grows with their square. */
const MAX_EDITS = 2000;

/**
 * Compares two texts line by line, with as few differing lines as there can be (Myers' algorithm). Texts that differ in more than some thousand lines
 * come as all of one, then all of the other.
 */
export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  const isSameAtEnd = () => a[a.length - 1 - end] === b[b.length - 1 - end];
  while (end < a.length - start && end < b.length - start && isSameAtEnd()) end++;
  const middle = diffMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const same = (text: string): DiffLine => ({ kind: "same", text });
  return [...a.slice(0, start).map(same), ...middle, ...(end === 0 ? [] : a.slice(-end).map(same))];
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** How far each diagonal reaches, for each number of edits. */
type Trace = Int32Array[];

function diffMiddle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const trace = a.length === 0 || b.length === 0 ? undefined : findEdits(a, b);
  if (trace !== undefined) return followBack(a, b, trace);
  return [
    ...a.map((text): DiffLine => ({ kind: "removed", text })),
    ...b.map((text): DiffLine => ({ kind: "added", text })),
  ];
}

function findEdits(a: readonly string[], b: readonly string[]): Trace | undefined {
  const max = Math.min(a.length + b.length, MAX_EDITS);
  const reach = new Int32Array(2 * max + 3);
  const trace: Trace = [];
  for (let edits = 0; edits <= max; edits++) {
    trace.push(reach.slice(max - edits, max + edits + 3));
    for (let k = -edits; k <= edits; k += 2) {
      const at = k + max + 1;
      let x = isDown(k, edits, reach, at)
        ? (reach[at + 1] as number)
        : (reach[at - 1] as number) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reach[at] = x;
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return undefined;
}

/** Whether the step to diagonal `k` adds a line rather than removes one. */
function isDown(k: number, edits: number, reach: Int32Array, at: number): boolean {
  return k === -edits || (k !== edits && (reach[at - 1] as number) < (reach[at + 1] as number));
}

function followBack(a: readonly string[], b: readonly string[], trace: Trace): DiffLine[] {
  const lines: DiffLine[] = [];
  let [x, y] = [a.length, b.length];
  const passSame = (toX: number, toY: number): void => {
    for (; x > toX && y > toY; y--) lines.push({ kind: "same", text: a[--x] as string });
  };
  for (let edits = trace.length - 1; edits > 0; edits--) {
    const reach = trace[edits] as Int32Array;
    const k = x - y;
    const at = k + edits + 1;
    const down = isDown(k, edits, reach, at);
    const fromX = reach[down ? at + 1 : at - 1] as number;
    passSame(fromX, fromX - (down ? k + 1 : k - 1));
    if (down) lines.push({ kind: "added", text: b[--y] as string });
    else lines.push({ kind: "removed", text: a[--x] as string });
  }
  passSame(0, 0);
  return lines.reverse();
}
