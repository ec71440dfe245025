import type { AppContext, SetupAnswers } from "../../app/index.ts";
import type { Output } from "../output.ts";
import type { Prompter } from "../prompter.ts";
import { wrapText } from "../wrap.ts";

/** The answer that means: the question before. */
export const BACK: unique symbol = Symbol("back");
export type Back = typeof BACK;
/** The answer that means: the same question once more. */
export const AGAIN: unique symbol = Symbol("again");
export type Again = typeof AGAIN;

/** What was answered so far; the fields of `SetupAnswers`, flat. */
export interface Draft {
  readonly instance?: string;
  readonly stateDir?: string;
  readonly place?: "aws" | "other" | "directory";
  readonly path?: string;
  readonly preset?: string;
  readonly endpoint?: string;
  readonly awsEndpoint?: string;
  readonly region?: string;
  readonly bucket?: string;
  readonly existingBucket?: boolean;
  readonly key?: string;
  readonly keyAlias?: string;
  readonly level?: "standard" | "strict";
  readonly trust?: "none" | "ec2" | "roles-anywhere" | "account";
  readonly adminProfile?: string;
  readonly profile?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKeyFile?: string;
  readonly plaintext?: boolean;
  readonly agentRole?: NonNullable<SetupAnswers["agentRole"]>;
  readonly snapshots?: NonNullable<SetupAnswers["snapshots"]>;
  readonly retention?: string;
  readonly schedule?: NonNullable<SetupAnswers["schedule"]>;
  /** Nothing is made here: a text is printed for somebody with more rights. */
  readonly print?: boolean;
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly name: string;
}

/** What a question may use: it never writes or asks otherwise. */
export interface Asking {
  readonly app: AppContext;
  /** Says why something is asked, or what was found, broken at the terminal's width. */
  say(text: string): void;
  /** The first choice is the default. */
  choose<T extends string>(question: string, choices: readonly Choice<T>[]): Promise<T | Back>;
  /** Asks again, with the reason, until `check` has none. */
  ask(
    question: string,
    options: {
      readonly default?: string | undefined;
      readonly check?: ((text: string) => string | undefined) | undefined;
    },
  ): Promise<string | Back>;
}

export interface Question {
  /** What it is called in the summary. */
  readonly label: string;
  /** Only where it makes sense. @default always */
  readonly isAsked?: ((draft: Draft) => boolean) | undefined;
  ask(asking: Asking, draft: Draft): Promise<Partial<Draft> | Back | Again>;
  /** The answer for the summary. */
  show(draft: Draft): string;
}

const BACK_VALUE = "<back>";
const BACK_TEXT = "<";

/** Asks on a real terminal. */
export function createAsking(app: AppContext, output: Output, prompter: Prompter): Asking {
  const width = Math.min(output.width, 100);
  const say = (text: string): void => output.note(`\n${wrapText(text, width)}`);
  return {
    app,
    say,
    choose: async (question, choices) => {
      const all = [...choices, { value: BACK_VALUE, name: "(back)" }];
      const chosen = await prompter.choose(question, all, "--answers");
      return chosen === BACK_VALUE ? BACK : (chosen as (typeof choices)[number]["value"]);
    },
    ask: async (question, { default: proposed, check }) => {
      for (;;) {
        const asked = { flag: "--answers", default: proposed };
        const text = await prompter.ask(`${question} (${BACK_TEXT} goes back)`, asked);
        if (text === BACK_TEXT) return BACK;
        const problem = check?.(text);
        if (problem === undefined) return text;
        output.note(`  ${problem}`);
      }
    },
  };
}
