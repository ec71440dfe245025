import { BackupError } from "../../base/index.ts";
import { isShallow, type JsonObject } from "../go-json/index.ts";
import { isId } from "../stored-file/index.ts";
import { isTimestamp, type Timestamp } from "../timestamp.ts";
import type { Id } from "../types.ts";

/** What a field that we only keep may nest. */
const MAX_DEPTH = 32;

/** Takes the fields of one JSON object one by one, checked; `null` counts as absent, as for Go. */
export class Fields {
  readonly #fields: JsonObject;
  readonly #subject: string;
  readonly #taken = new Set<string>();

  /** @param subject - For messages: `snapshot 3f2a91c0`. */
  constructor(fields: JsonObject, subject: string) {
    this.#fields = fields;
    this.#subject = subject;
  }

  text(key: string): string | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw this.damaged(`${key} is no text`);
    return value.toWellFormed();
  }

  texts(key: string): readonly string[] | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.damaged(`${key} is no list`);
    return value.map((item: unknown) => {
      if (typeof item !== "string") throw this.damaged(`${key} is no list of texts`);
      return item.toWellFormed();
    });
  }

  id(key: string): Id | undefined {
    const value = this.text(key);
    if (value === undefined || isId(value)) return value;
    throw this.damaged(`${key} is no id`);
  }

  time(key: string): Timestamp {
    const value = this.text(key);
    if (value !== undefined && isTimestamp(value)) return value;
    throw this.damaged(`${key} is no time`);
  }

  /** Whole and not negative; 0 when it is absent. */
  count(key: string): number {
    const value = this.#take(key) ?? 0;
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    throw this.damaged(`${key} is no whole number`);
  }

  object(key: string): Fields | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (typeof value === "object" && !Array.isArray(value)) {
      return new Fields(value as JsonObject, `${this.#subject}: ${key}`);
    }
    throw this.damaged(`${key} is no object`);
  }

  /** What nobody took, in its order; undefined when there is nothing. */
  rest(): JsonObject | undefined {
    const rest = Object.entries(this.#fields).filter(([key]) => !this.#taken.has(key));
    if (!rest.every(([, value]) => isShallow(value, MAX_DEPTH))) {
      throw this.damaged("a field is nested too deep");
    }
    return rest.length === 0 ? undefined : Object.fromEntries(rest);
  }

  damaged(what: string): BackupError {
    return new BackupError("data-corrupt", `${this.#subject}: ${what}`);
  }

  #take(key: string): NonNullable<unknown> | undefined {
    this.#taken.add(key);
    return this.#fields[key] ?? undefined;
  }
}
