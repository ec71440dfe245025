import { BackupError } from "../base/index.ts";

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an orderly end (the signal aborts, everything cleans up, exit code 130), and the
 * second into an immediate one.
 */
export function listenForInterrupts(onFirst: () => void): {
  readonly signal: AbortSignal;
  stop(): void;
} {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(130);
    onFirst();
    controller.abort(new BackupError("cancelled", "interrupted"));
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of signals) process.on(name, handle);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of signals) process.off(name, handle);
    },
  };
}
