import { BackupError } from "../base/index.ts";

/** The three streams and the exit code, as an object, so that a test can be a terminal. */
export interface Terminal {
  readonly out: TextSink;
  readonly err: TextSink;
  /** Standard input is a person. */
  readonly isInteractive: boolean;
  /** Writes raw bytes to standard output and waits until they are taken (`create --output -`). */
  writeBytes(chunk: Uint8Array): Promise<void>;
  setExitCode(code: number): void;
}

export interface TextSink {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** The process's own terminal. */
export function processTerminal(): Terminal {
  // `clawback list | head -1`: that nobody reads any further is no failure worth a stack trace.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return {
    out: sink(process.stdout),
    err: sink(process.stderr),
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    writeBytes: (chunk) =>
      new Promise((resolve, reject) => {
        process.stdout.write(chunk, (error) => (error ? reject(stoppedReading(error)) : resolve()));
      }),
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
}

function stoppedReading(cause: Error): BackupError {
  const text = "standard output was closed before everything was written to it";
  return new BackupError("cancelled", text, { cause });
}

function sink(stream: NodeJS.WriteStream): TextSink {
  // A reader that has gone away (`clawback list | head -1`) wants no more, and no stack trace either.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // EIO: the terminal is gone, and what is under way still has to clean up.
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  });
  return {
    write: (text) => {
      stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
  };
}
