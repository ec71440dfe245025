import { inspect } from "node:util";

const REDACTED = "[secret]";

/**
 * A value that must not be printed: every way of turning it into text gives a redaction.
 * The content leaves only through {@link Secret.reveal}, which is easy to search for.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The content, for the one call that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
