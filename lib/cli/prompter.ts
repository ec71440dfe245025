import { BackupError } from "../base/index.ts";
import type { Terminal } from "./terminal.ts";

/** Asks a person. Without one it never waits: it fails and names the flag to use. */
export interface Prompter {
  readonly isInteractive: boolean;
  /**
   * Wants the word `yes` typed in full.
   * @throws BackupError `confirmation-required` without a terminal; `cancelled` for any other answer
   */
  confirm(question: string, flag: string): Promise<void>;
  ask(
    question: string,
    options: {
      readonly flag: string;
      readonly default?: string | undefined;
      /** Asks again until the answer is not empty. @default false */
      readonly isRequired?: boolean | undefined;
    },
  ): Promise<string>;
  askSecret(question: string, flag: string): Promise<string>;
  choose<T extends string>(
    question: string,
    choices: readonly { readonly value: T; readonly name: string }[],
    flag: string,
  ): Promise<T>;
}

export function createPrompter(terminal: Terminal, options: { readonly json: boolean }): Prompter {
  const isInteractive = terminal.isInteractive && !options.json;
  const need = (flag: string): void => {
    if (isInteractive) return;
    const message = "an answer is needed, and there is no terminal to ask on";
    throw new BackupError("confirmation-required", message, { hint: `use ${flag}` });
  };
  return {
    isInteractive,
    confirm: async (question, flag) => {
      need(flag);
      const answer = await prompt<string>({
        type: "input",
        message: `${question} Type yes to go on:`,
      });
      if (answer.trim().toLowerCase() === "yes") return;
      throw new BackupError("cancelled", "not confirmed; nothing was changed");
    },
    ask: async (question, { flag, default: fallback, isRequired }) => {
      need(flag);
      const validate = (text: string): true | string =>
        text.trim() !== "" || fallback !== undefined || isRequired !== true || "type something";
      const asked = { type: "input", message: question, default: fallback, validate };
      return (await prompt<string>(asked)).trim();
    },
    askSecret: async (question, flag) => {
      need(flag);
      return await prompt<string>({ type: "password", message: question, mask: "*" });
    },
    choose: async (question, choices, flag) => {
      need(flag);
      return await prompt({
        type: "select",
        message: question,
        choices: [...choices],
        pageSize: 12,
      });
    },
  };
}

/** Prompts on standard error, so that standard output stays the result's. Ctrl-C is an ordinary cancellation. */
async function prompt<T>(question: Record<string, unknown>): Promise<T> {
  const { default: inquirer } = await import("inquirer");
  const ask = inquirer.createPromptModule({ output: process.stderr });
  const answers = await ask([{ ...question, name: "answer" }] as never).catch(asCancelled);
  return (answers as { answer: T }).answer;
}

function asCancelled(error: unknown): never {
  if (!(error instanceof Error) || error.name !== "ExitPromptError") throw error;
  throw new BackupError("cancelled", "interrupted; nothing was changed", { cause: error });
}
