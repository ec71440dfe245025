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

  static {
    // Not a method in the class body: declarations cannot be written for one with a symbol's name from elsewhere.
    Object.defineProperty(Secret.prototype, inspect.custom, { value: () => REDACTED });
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
}
