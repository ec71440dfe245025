import { isatty } from "node:tty";
import { BackupError } from "../base/index.ts";

/**
 * Turns the first SIGINT or SIGTERM, and the loss of the terminal, into an orderly end (the signal aborts, everything cleans up, exit
 * code 130), and the second into an immediate one.
 *
 * A SIGHUP while the terminal is still there, or where there never was one, is nobody's wish to end this: restic's `unlock` sends it to
 * learn whether the holder of a lock lives.
 */
export function listenForInterrupts(
  onFirst: () => void,
  hasTerminal: () => boolean = isOnTerminal,
): {
  readonly signal: AbortSignal;
  stop(): void;
} {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(130);
    onFirst();
    controller.abort(new BackupError("cancelled", "interrupted"));
  };
  const hadTerminal = hasTerminal();
  const handleHangUp = (): void => {
    if (hadTerminal && !hasTerminal()) handle();
  };
  const handlers = [
    ["SIGINT", handle],
    ["SIGTERM", handle],
    ["SIGHUP", handleHangUp],
  ] as const;
  for (const [name, handler] of handlers) process.on(name, handler);
  return {
    signal: controller.signal,
    stop: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}

function isOnTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}
