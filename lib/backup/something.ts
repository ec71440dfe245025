import { BackupError, count, quote } from "../base/index.ts";
import type { Capture, CaptureEntry, CaptureOptions } from "../capture/index.ts";

/**
 * Gives a capture's entries on, and fails at their end when there was no file or link among them: an empty backup would only
 * look like one.
 */
export async function* somethingOf(
  capture: Capture,
  options: CaptureOptions,
): AsyncGenerator<CaptureEntry, void, undefined> {
  let isEmpty = true;
  for await (const entry of capture) {
    if (entry.type !== "dir" && entry.type !== "omission") isEmpty = false;
    yield entry;
  }
  if (isEmpty) throw nothingCaptured(capture, options);
}

function nothingCaptured(capture: Capture, { installation, scope }: CaptureOptions): BackupError {
  const { omissions } = capture.report();
  const details = { stateDir: installation.stateDir, omissions: omissions.slice(0, 20) };
  const [first] = omissions;
  if (first === undefined) {
    const classes = scope.classes.join(", ");
    return new BackupError(
      "path-not-found",
      `nothing of ${quote(installation.stateDir)} is in scope (${classes}), so there is nothing to back up`,
      { details, hint: "clawback create --dry-run shows what each rule leaves out" },
    );
  }
  return new BackupError(
    "source-unreadable",
    `nothing of ${quote(installation.stateDir)} could be read: ${count(omissions.length, "omission")}, the first ${quote(first.path)}: ${first.detail}`,
    { details, hint: "run as the user whose agent it is" },
  );
}
