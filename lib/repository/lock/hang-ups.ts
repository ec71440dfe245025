let holders = 0;
const ignore = (): void => undefined;

/**
 * Makes this process survive SIGHUP until the answer is called. restic's `unlock` learns whether a lock's process on the same host lives by
 * sending it that signal, which ends a process that does not listen. Like restic, a holder goes on when its terminal is closed.
 */
export function ignoreHangUps(): () => void {
  if (holders === 0) process.on("SIGHUP", ignore);
  holders += 1;
  let isCounted = true;
  return () => {
    if (!isCounted) return;
    isCounted = false;
    holders -= 1;
    if (holders === 0) process.off("SIGHUP", ignore);
  };
}
