import { styleText } from "node:util";
import type { OnProgress } from "../base/index.ts";
import { createProgressPrinter } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** False when NO_COLOR is set. */
  readonly colors: boolean;
}

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/**
 * The only place from which a command speaks. With `--json`, standard output carries exactly one object and nothing else; what
 * a person would read on the way (progress, notes) goes to standard error, and not at all with `--quiet`.
 */
export interface Output {
  readonly options: OutputOptions;
  /** The result: as JSON, or as the text that `print` composes. */
  result(value: unknown, print: () => string): void;
  /** A line for a reader on standard error; not with `--json` or `--quiet`. */
  note(text: string): void;
  /** A warning on standard error; not with `--json`, but also with `--quiet`. */
  warn(text: string): void;
  /** Raw bytes on standard output. */
  writeBytes(chunk: Uint8Array): Promise<void>;
  /** Columns of the terminal that notes and results are for; infinite where it is none, so that no line of a log is broken. */
  readonly width: number;
  readonly onProgress: OnProgress;
  /** Takes the progress line away; called before anything else is written. */
  endProgress(): void;
  style(style: Style, text: string): string;
}

export function createOutput(terminal: Terminal, options: OutputOptions): Output {
  const isSilent = options.json || options.quiet;
  const progress = createProgressPrinter(terminal.err, { enabled: !isSilent });
  const colored = options.colors && terminal.out.isTerminal && !options.json;
  const line = (text: string): void => {
    progress.end();
    terminal.err.write(`${text}\n`);
  };
  return {
    options,
    result: (value, print) => {
      progress.end();
      if (options.json) terminal.out.write(`${JSON.stringify(value)}\n`);
      else terminal.out.write(ensureNewline(print()));
    },
    note: (text) => {
      if (!isSilent) line(text);
    },
    warn: (text) => {
      if (!options.json) line(`warning: ${text}`);
    },
    writeBytes: (chunk) => terminal.writeBytes(chunk),
    width: terminal.err.isTerminal ? terminal.err.columns : Number.POSITIVE_INFINITY,
    onProgress: progress.onProgress,
    endProgress: () => progress.end(),
    style: (style, text) => (colored ? styleText(style, text, { validateStream: false }) : text),
  };
}

function ensureNewline(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
