import { compareBytes, isSameOrInside, type Path } from "../../filesystem/index.ts";
import type { BackupClass } from "../../openclaw/index.ts";
import type { CapturePlan, RuleSource, Tally } from "../types.ts";

const MAX_EXAMPLES = 5;

interface Count {
  files: number;
  bytes: number;
}

interface RuleCount extends Count {
  readonly rule: string;
  readonly source: RuleSource;
  readonly examples: Path[];
}

/** Adds up, per class and per rule, what goes in and what stays out. */
export class Tallies {
  readonly #included: Count = { files: 0, bytes: 0 };
  readonly #classes = new Map<BackupClass, { included: Count; excluded: Count }>();
  readonly #rules = new Map<string, RuleCount>();

  take(inClass: BackupClass, bytes: number): void {
    add(this.#included, bytes);
    add(this.#class(inClass).included, bytes);
  }

  /** Left out because its class is not in the scope. */
  passOver(inClass: BackupClass, bytes: number): void {
    add(this.#class(inClass).excluded, bytes);
  }

  /** Names a place that a rule leaves out; of places inside one another the outer is enough. */
  addExample(rule: string, source: RuleSource, path: Path): void {
    const { examples } = this.#rule(rule, source);
    if (examples.length >= MAX_EXAMPLES) return;
    if (!examples.some((example) => isSameOrInside(path, example))) examples.push(path);
  }

  leaveOut(rule: string, source: RuleSource, bytes: number): void {
    add(this.#rule(rule, source), bytes);
  }

  included(): Tally {
    return { ...this.#included };
  }

  classes(): CapturePlan["classes"] {
    return [...this.#classes]
      .map(([name, counts]) => ({ class: name, ...counts }))
      .sort((a, b) => compareBytes(a.class, b.class));
  }

  rules(): CapturePlan["rules"] {
    return [...this.#rules.values()]
      .sort((a, b) => b.bytes - a.bytes || b.files - a.files || compareBytes(a.rule, b.rule))
      .map(({ rule, source, files, bytes, examples }) => ({
        rule,
        source,
        excluded: { files, bytes },
        examples,
      }));
  }

  #class(name: BackupClass): { included: Count; excluded: Count } {
    const found = this.#classes.get(name);
    if (found !== undefined) return found;
    const made = { included: { files: 0, bytes: 0 }, excluded: { files: 0, bytes: 0 } };
    this.#classes.set(name, made);
    return made;
  }

  #rule(rule: string, source: RuleSource): RuleCount {
    const key = `${source}\0${rule}`;
    const found = this.#rules.get(key);
    if (found !== undefined) return found;
    const made = { rule, source, files: 0, bytes: 0, examples: [] };
    this.#rules.set(key, made);
    return made;
  }
}

function add(count: Count, bytes: number): void {
  count.files++;
  count.bytes += bytes;
}
