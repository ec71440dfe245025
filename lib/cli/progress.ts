import {
  count,
  formatDuration,
  formatSize,
  type OnProgress,
  type ProgressEvent,
  systemClock,
} from "../base/index.ts";
import type { TextSink } from "./terminal.ts";

/** Redraws at most this often on a terminal; more often only flickers. */
const REDRAW_MS = 120;
/** Without a terminal, one plain line at most this often. */
const PLAIN_LINE_MS = 10_000;

interface State {
  phase: string;
  phaseStartedMs: number;
  files?: number | undefined;
  totalFiles?: number | undefined;
  bytes?: number | undefined;
  totalBytes?: number | undefined;
}

export interface ProgressPrinter {
  readonly onProgress: OnProgress;
  /** Removes the line that is being redrawn. */
  end(): void;
}

/**
 * Prints progress: one line redrawn in place on a terminal, a plain line every ten seconds elsewhere, nothing when disabled.
 */
export function createProgressPrinter(
  sink: TextSink,
  options: { readonly enabled: boolean },
): ProgressPrinter {
  if (!options.enabled) return { onProgress: () => undefined, end: () => undefined };
  const state: State = { phase: "", phaseStartedMs: systemClock.monotonicMs() };
  let drawnMs = sink.isTerminal ? Number.NEGATIVE_INFINITY : systemClock.monotonicMs();
  let isDrawn = false;
  const end = (): void => {
    if (isDrawn) sink.write("\r\u001b[K");
    isDrawn = false;
  };
  const draw = (): void => {
    const now = systemClock.monotonicMs();
    if (now - drawnMs < (sink.isTerminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
    drawnMs = now;
    const text = formatProgress(state, now - state.phaseStartedMs);
    if (!sink.isTerminal) sink.write(`${text}\n`);
    else sink.write(`\r\u001b[K${text.slice(0, Math.max(20, sink.columns - 1))}`);
    isDrawn = sink.isTerminal;
  };
  const onProgress = (event: ProgressEvent): void => {
    if (event.type === "message") {
      end();
      sink.write(`${event.level === "warning" ? "warning: " : ""}${event.text}\n`);
      return;
    }
    if (event.type === "phase") startPhase(state, event.phase);
    else Object.assign(state, withoutUndefined(event));
    draw();
  };
  return { onProgress, end };
}

function startPhase(state: State, phase: string): void {
  state.phase = phase;
  state.phaseStartedMs = systemClock.monotonicMs();
  state.files = undefined;
  state.bytes = undefined;
  state.totalFiles = undefined;
  state.totalBytes = undefined;
}

function withoutUndefined(event: ProgressEvent): Partial<State> {
  const { type: _, ...rest } = event;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
}

/** `packing: 12,400 of 22,051 files, 130 MB of 540 MB, 84.0 MB/s, 5 s left`. */
export function formatProgress(state: Readonly<State>, elapsedMs: number): string {
  const parts = [...formatFiles(state), ...formatBytes(state, elapsedMs)];
  return parts.length === 0 ? state.phase : `${state.phase}: ${parts.join(", ")}`;
}

function formatFiles({ files, totalFiles }: Readonly<State>): string[] {
  if (files === undefined) return [];
  if (totalFiles === undefined) return [count(files, "file")];
  return [`${files.toLocaleString("en-US")} of ${count(totalFiles, "file")}`];
}

function formatBytes({ bytes, totalBytes }: Readonly<State>, elapsedMs: number): string[] {
  if (bytes === undefined) return [];
  const parts = [
    totalBytes === undefined
      ? formatSize(bytes)
      : `${formatSize(bytes)} of ${formatSize(totalBytes)}`,
  ];
  // A rate over less than half a second is noise.
  const rate = elapsedMs < 500 ? 0 : (bytes * 1000) / elapsedMs;
  if (rate === 0) return parts;
  parts.push(`${formatSize(rate)}/s`);
  const leftMs = (((totalBytes ?? 0) - bytes) / rate) * 1000;
  if (leftMs > 0) parts.push(`${formatDuration(Math.max(1000, leftMs))} left`);
  return parts;
}
