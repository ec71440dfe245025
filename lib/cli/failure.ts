import { type BackupError, escapeText, toBackupError } from "../base/index.ts";
import type { Terminal } from "./terminal.ts";

export interface FailureOptions {
  readonly json: boolean;
  readonly verbose: boolean;
}

/**
 * Shows a failure and sets the exit code. Text: one line with what happened and, if there is one, a second with what to do. JSON: one
 * line on standard error, nothing on standard output. `--verbose` adds the chain of causes.
 */
export function reportFailure(terminal: Terminal, error: unknown, options: FailureOptions): void {
  const failure = toBackupError(error);
  terminal.err.write(
    options.json ? failureAsJson(failure) : failureAsText(failure, options.verbose),
  );
  terminal.setExitCode(failure.exitCode);
}

export function failureAsJson(failure: BackupError): string {
  const { code, message, hint } = failure;
  return `${JSON.stringify({ message_type: "exit_error", code, message, ...(hint === undefined ? {} : { hint }) })}\n`;
}

export function failureAsText(failure: BackupError, verbose: boolean): string {
  const lines = [`clawback: ${oneLine(failure.message)}`];
  if (failure.hint !== undefined) lines.push(`  ${oneLine(failure.hint)}`);
  if (failure.code === "internal") {
    lines.push(
      "  this is a defect of clawback; run again with --verbose and report what it prints",
    );
  }
  if (verbose) lines.push(...causes(failure));
  return `${lines.join("\n")}\n`;
}

function causes(failure: Error): string[] {
  const lines: string[] = [];
  const facts = "details" in failure ? JSON.stringify(failure.details) : "{}";
  if (facts !== "{}") lines.push(`  details: ${facts}`);
  for (let cause = failure.cause, depth = 0; cause !== undefined && depth < 10; depth++) {
    const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    lines.push(`  caused by ${oneLine(text)}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (failure.stack !== undefined) lines.push(...failure.stack.split("\n").slice(1, 8));
  return lines;
}

/** Messages quote paths already; this keeps whatever else arrives (a service's text) from steering the terminal. */
function oneLine(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => escapeText(line).replaceAll("\\\\", "\\"))
    .join(" ");
}
